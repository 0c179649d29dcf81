import { AppError } from '@trimtab/kernel';
import type { Origin, Path } from './origins.js';
import { describeOrigin, pathText } from './origins.js';

/** One thing that is wrong with the configuration, and where it was said. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  readonly origin: Origin;
}

export const problemText = ({ path, message, origin }: Problem): string =>
  [describeOrigin(origin), pathText(path), message].filter((part) => part !== '').join(': ');

/** Every problem at once, a line each. */
export function configurationError(problems: readonly Problem[]): AppError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${problemText(problem)}`);
  return new AppError('config.invalid', `The configuration has ${count}:\n${lines.join('\n')}`, {
    details: {
      problems: problems.map(({ path, message, origin }) => ({ path: pathText(path), message, origin })),
    },
  });
}

import { AppError } from '@trimtab/kernel';
import type { AppErrorOptions } from '@trimtab/kernel';

/** One problem of a definition and where it is: `path` inside the document, `line` and `column` (from 1) when it came from text. */
export interface DefinitionProblem {
  readonly code: string;
  readonly message: string;
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  /** A warning does not refuse the definition. */
  readonly severity?: 'warning';
}

/** Every expected failure of this library; codes start with `workflow.`. */
export class WorkflowError extends AppError {
  constructor(code: `workflow.${string}`, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }

  /** All problems of a refused definition at once, in document order. */
  static invalidDefinition(problems: readonly DefinitionProblem[]): WorkflowError {
    const text = problems.map(
      (p) => `${p.line === undefined ? p.path : `${p.line}:${p.column} ${p.path}`}: ${p.message}`,
    );
    return new WorkflowError('workflow.invalid-definition', `Correct the definition:\n${text.join('\n')}`, {
      details: { problems },
    });
  }
}

import { peopleCommands } from '@trimtab/contracts';
import type { PeopleCommand, PeopleRequest } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { z } from 'zod';

/** A people's command as its contract says, defaults filled in. Throws `people.invalid` with every problem. */
export const parse = <C extends PeopleCommand>(command: C, data: unknown): PeopleRequest<C> =>
  checked(peopleCommands[command].request, data, command) as PeopleRequest<C>;

/** Throws `people.invalid` with every problem. */
export function checked(schema: z.ZodType, data: unknown, what: string): unknown {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  const text = problems.map(({ path, message }) => `${path || what}: ${message}`).join('; ');
  throw new AppError('people.invalid', `Correct ${what}: ${text}`, { details: { problems } });
}

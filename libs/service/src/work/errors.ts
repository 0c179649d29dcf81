import { AppError } from '@trimtab/kernel';

/** Storage is away: nothing is known to be wrong with the message, so the broker keeps it. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
}

/**
 * Whether an error of Postgres speaks of the statement (data, constraint, syntax, limits), so that repeating it cannot
 * help; everything else means that Postgres is away, full or shutting down.
 */
export function isStatementFault(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^(21|22|23|26|42|54)[0-9A-Z]{3}$/.test(code);
}

export const isSuperseded = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'task.superseded';

/** Any failure but an expected one means that storage is away. */
export async function orUnavailable<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof AppError || isStatementFault(cause)) throw cause;
    throw new StorageUnavailable('storage does not answer', { cause });
  }
}

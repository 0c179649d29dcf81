import { AppError } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';

/** How long a server may take to come up. */
export const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/** Repeats what failed because a server is not up yet; errors that will not pass by waiting come out at once. */
export async function patiently<Result>(log: Logger, work: () => Promise<Result>): Promise<Result> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end || (error instanceof AppError && error.retry === 'never') || isAccessFault(error))
        throw error;
      log.debug('waiting for a server', { error });
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}

/** Wrong password, unknown database or missing rights. */
const isAccessFault = (error: unknown): boolean =>
  /^(28|3D|42)/.test(String((error as { code?: unknown } | undefined)?.code ?? ''));

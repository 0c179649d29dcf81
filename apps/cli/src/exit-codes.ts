import { AppError } from '@trimtab/kernel';

/** Exit codes of every verb (docs/cli.md). */
export const EXIT = { ok: 0, failed: 1, usage: 2, partial: 3, interrupted: 130 } as const;

/** What was asked cannot be done as it is: flags, configuration, a definition or an input. */
const REFUSED =
  /^(config|cli)\.|^(request|events)\.invalid$|^workflow\.(invalid-definition|invalid-input|unknown|version-used)$/;

/** The one place that turns an error into an exit code. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof AppError)) return EXIT.failed;
  if (error.code === 'cli.interrupted') return EXIT.interrupted;
  return REFUSED.test(error.code) ? EXIT.usage : EXIT.failed;
}

/** Exit code of a finished run; `partial` when it completed without everything that was asked for. */
export function exitCodeOfRun(status: string, failedCoverage: number): number {
  if (status !== 'COMPLETED') return EXIT.failed;
  return failedCoverage > 0 ? EXIT.partial : EXIT.ok;
}

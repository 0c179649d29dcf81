import { toErrorInfo } from '@trimtab/kernel';
import { paint } from './terminal.js';
import type { Terminal } from './terminal.js';

/** The one way a verb says that it failed: for programs on stdout, for people on stderr. */
export function sayFailure(to: Terminal, error: unknown): void {
  const info = toErrorInfo(error);
  if (to.json) to.out(JSON.stringify({ error: info }, null, 2));
  to.err(`${paint.red('error')} ${paint.dim(info.code)}: ${info.message}`);
  if (!to.debug || !(error instanceof Error)) return;
  to.err(error.stack ?? '');
  if (error.cause) to.err(`caused by ${String(error.cause)}`);
}

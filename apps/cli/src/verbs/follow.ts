import type { TrimtabClient } from '@trimtab/client';
import type { RunDetail } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { ProgressDisplay } from '../output/progress.js';

const TERMINAL = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'COMPENSATED', 'SUSPENDED']);
const RETRY_MS = 500;
/** What people see follows what the orchestrator has stored: a run that was just started may not be there yet. */
const APPEARS_MS = 60_000;

/** Follows a run with a live display until it can go no further; survives a gateway that restarts. */
export async function follow(
  { terminal }: Pick<Cli, 'terminal'>,
  client: TrimtabClient,
  runId: string,
  { justStarted = false } = {},
): Promise<RunDetail> {
  const display = new ProgressDisplay(terminal);
  const appearsUntil = performance.now() + (justStarted ? APPEARS_MS : 0);
  try {
    for (;;) {
      const mayBeAbsent = performance.now() < appearsUntil;
      const last = await followOnce(client, runId, display, mayBeAbsent);
      if (last && TERMINAL.has(last.status)) return last;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } finally {
    display.end();
  }
}

async function followOnce(
  client: TrimtabClient,
  runId: string,
  display: ProgressDisplay,
  mayBeAbsent: boolean,
): Promise<RunDetail | undefined> {
  let last: RunDetail | undefined;
  try {
    for await (const run of client.follow('watchRun', { params: { runId } })) {
      display.show(run);
      last = run;
      if (TERMINAL.has(run.status)) break;
    }
  } catch (error) {
    const absent = mayBeAbsent && (error as Partial<AppError>).code === 'run.not-found';
    if (error instanceof AppError && error.retry === 'never' && !absent) throw error;
  }
  return last;
}

/** Number of (account, region, service) cells that a run could not scan. */
export async function failedCoverage(client: TrimtabClient, runId: string): Promise<number> {
  const inventory = await client.call('runInventory', { params: { runId } }).catch(() => undefined);
  return (
    inventory?.coverage.filter((entry) => entry.status === 'failed' || entry.status === 'partial').length ?? 0
  );
}

import type { TrimtabClient } from '@trimtab/client';
import type { RunDetail } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { ProgressDisplay } from '../output/progress.js';

const TERMINAL = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'COMPENSATED', 'SUSPENDED']);
const RETRY_MS = 500;

/** Follows a run with a live display until it can go no further; survives a gateway that restarts. */
export async function follow(cli: Cli, client: TrimtabClient, runId: string): Promise<RunDetail> {
  const display = new ProgressDisplay(cli.terminal);
  try {
    for (;;) {
      const last = await followOnce(client, runId, display);
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
): Promise<RunDetail | undefined> {
  let last: RunDetail | undefined;
  try {
    for await (const run of client.follow('watchRun', { params: { runId } })) {
      display.show(run);
      last = run;
      if (TERMINAL.has(run.status)) break;
    }
  } catch (error) {
    if (error instanceof AppError && error.retry === 'never') throw error;
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

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply, TrimtabClient } from '@trimtab/client';
import type { Cloud } from './cloud.js';

export type FinishedRun = Reply<'showRun'>;

export interface RunOptions {
  /** Settings of the execution, for example `{ mode: 'live' }`. */
  readonly execution?: Record<string, unknown>;
  readonly scanOnly?: boolean;
}

/** A run takes seconds; a machine may take its time. */
const PATIENCE_MS = 300_000;
const TERMINAL = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'COMPENSATED', 'SUSPENDED']);

/** Runs of the optimize workflow over a simulated company, as a patient client drives them. */
export class Runs {
  constructor(
    private readonly client: TrimtabClient,
    private readonly cloud: Cloud,
    private readonly logs: () => string,
  ) {}

  /** Starts a run and returns its id; the same request is sent again when the answer got lost. */
  async start({ execution, scanOnly = false }: RunOptions = {}): Promise<string> {
    const body = {
      input: { settings: this.cloud.settings(execution), scanOnly, asOf: this.cloud.asOf },
      idempotencyKey: randomUUID(),
    };
    return (await patiently(() => this.client.call('startRun', { body }), PATIENCE_MS)).runId;
  }

  /** The run when it can go no further. A gateway that is away is asked again. */
  async finished(runId: string, timeoutMs = PATIENCE_MS): Promise<FinishedRun> {
    return this.until(runId, (run) => TERMINAL.has(run.status), timeoutMs);
  }

  /** The run as soon as `wanted` holds; the error says where it stood when time was over. */
  async until(
    runId: string,
    wanted: (run: FinishedRun) => boolean,
    timeoutMs = PATIENCE_MS,
  ): Promise<FinishedRun> {
    const deadline = performance.now() + timeoutMs;
    let last: FinishedRun | undefined;
    while (performance.now() < deadline) {
      last = (await this.client.call('showRun', { params: { runId } }).catch(() => undefined)) ?? last;
      if (last && wanted(last)) return last;
      await sleep(100);
    }
    const logs = this.logs().slice(-4_000);
    throw new Error(
      `run ${runId} did not get there within ${timeoutMs / 1000} s: ${describe(last)}\n${logs}`,
    );
  }

  async isFinished(runId: string): Promise<boolean> {
    const run = await this.client.call('showRun', { params: { runId } }).catch(() => undefined);
    return run !== undefined && TERMINAL.has(run.status);
  }
}

function describe(run: FinishedRun | undefined): string {
  if (!run) return 'it cannot be shown';
  const open = run.taskList.filter((task) => !['COMPLETED', 'SKIPPED'].includes(task.state));
  const tasks = open.map(({ taskId, state, attempt, reason, error }) =>
    [taskId, state, `attempt ${attempt}`, reason, error?.message].filter(Boolean).join(' '),
  );
  return [run.status, JSON.stringify(run.tasks), run.error?.message, ...tasks].filter(Boolean).join('; ');
}

async function patiently<T>(work: () => Promise<T>, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { retry?: string }).retry !== 'later' || performance.now() > deadline) throw error;
      await sleep(250);
    }
  }
}

import { dimensionsOf, emptyTally, observe } from '@trimtab/workflow';
import type { AttemptEnded, Dimension, Observation, RunEvent, Tally } from '@trimtab/workflow';
import type { EventMeta } from './stored-run-event.js';

const MOST_QUEUED = 50_000;
const MOST_ROWS = 2_000;

const ATTEMPT_ENDS: Readonly<Partial<Record<RunEvent['type'], AttemptEnded['outcome']>>> = {
  TaskCompleted: 'completed',
  TaskRetrying: 'retrying',
  TaskFailed: 'failed',
};

/** The status in which an event leaves its run for good. */
export const RUN_ENDS: Readonly<Partial<Record<RunEvent['type'], string>>> = {
  RunCompleted: 'COMPLETED',
  RunFailed: 'FAILED',
  RunCompensated: 'COMPENSATED',
  RunCancelled: 'CANCELLED',
  RunTerminated: 'TERMINATED',
};

/** What this instance remembers of its own runs: basic monitoring, for when the statistics' projection is away. */
export class BasicAnalytics {
  private readonly rows = new Map<Dimension, Map<string, Tally>>();
  private readonly queued = new Map<string, string>();

  record(runId: string, event: RunEvent, meta: EventMeta): void {
    if (event.type === 'TaskQueued') return this.remember(keyOf(runId, event), event.at);
    const observation = this.observationOf(runId, event, meta);
    if (!observation) return;
    for (const [by, key] of dimensionsOf(observation)) {
      const tally = this.tallyOf(by, key);
      if (tally) observe(tally, by, observation);
    }
  }

  of(by: Dimension): { key: string; tally: Tally }[] {
    return [...(this.rows.get(by) ?? [])].map(([key, tally]) => ({ key, tally }));
  }

  private observationOf(runId: string, event: RunEvent, meta: EventMeta): Observation | undefined {
    const outcome = ATTEMPT_ENDS[event.type];
    if (outcome && 'attempt' in event) return this.attempt(runId, event, meta, outcome);
    const status = RUN_ENDS[event.type];
    return status === undefined ? undefined : ended(event, meta, status);
  }

  private attempt(
    runId: string,
    event: RunEvent & { task: string; attempt: number },
    { workflow, uses = 'unknown', worker, startedAt, endedAt = event.at }: EventMeta,
    outcome: AttemptEnded['outcome'],
  ): Observation {
    const key = keyOf(runId, event);
    const queuedAt = this.queued.get(key);
    this.queued.delete(key);
    const worked = worker !== undefined;
    return {
      kind: 'attempt',
      at: endedAt,
      workflow,
      uses,
      node: worker,
      outcome,
      code: codeOf(event),
      queueMs: worked ? between(queuedAt, startedAt) : undefined,
      runMs: worked ? between(startedAt, endedAt) : undefined,
      totalMs: between(queuedAt, endedAt),
    };
  }

  private remember(key: string, at: string): void {
    const [oldest] = this.queued.size < MOST_QUEUED ? [] : this.queued.keys();
    if (oldest !== undefined) this.queued.delete(oldest);
    this.queued.set(key, at);
  }

  /** Names come from definitions and workers: however many there are, memory stays bounded. */
  private tallyOf(by: Dimension, key: string): Tally | undefined {
    const rows = this.rows.get(by) ?? new Map<string, Tally>();
    this.rows.set(by, rows);
    const known = rows.get(key);
    if (known || rows.size >= MOST_ROWS) return known;
    const tally = emptyTally();
    rows.set(key, tally);
    return tally;
  }
}

const codeOf = (event: RunEvent): string | undefined => ('error' in event ? event.error.code : undefined);

const keyOf = (runId: string, { task, attempt }: { task: string; attempt: number }): string =>
  `${runId}/${task}#${attempt}`;

const between = (from: string | undefined, to: string | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : Date.parse(to) - Date.parse(from);

/** Findings are in other services: only the projection counts them. */
function ended(event: RunEvent, meta: EventMeta, status: string): Observation {
  const { at } = event;
  const totalMs = between(meta.startedAt, at) ?? 0;
  const code = status === 'CANCELLED' ? undefined : codeOf(event);
  const { workflow } = meta;
  return { kind: 'run', at, workflow, status, code, totalMs, findings: 0, savings: [], executed: [] };
}

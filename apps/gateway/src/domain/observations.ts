import { eventContracts, MoneySchema } from '@trimtab/contracts';
import type { EventData, EventType } from '@trimtab/contracts';
import type { Money } from '@trimtab/kernel';
import type { AttemptEnded, Observation, RunEnded } from '@trimtab/workflow';
import { z } from 'zod';

/** Events that something is counted of. */
export const COUNTED = [
  'trimtab.task.completed.v1',
  'trimtab.task.failed.v1',
  'trimtab.run.completed.v1',
  'trimtab.run.failed.v1',
  'trimtab.run.cancelled.v1',
] as const satisfies readonly EventType[];
type Counted = (typeof COUNTED)[number];

/** An event of the history; `position` grows in the order in which events were stored. */
export interface HistoryRow {
  readonly position: number;
  readonly type: string;
  readonly runId: string;
  readonly time: string;
  readonly data: unknown;
}

/** What came before an event, in the order of the history. */
export interface Before {
  workflowOf(runId: string, position: number): string | undefined;
  queuedAt(runId: string, taskId: string, attempt: number, position: number): string | undefined;
  recommendations(runId: string, position: number): number;
  executed(runId: string, position: number): readonly Money[];
}

const counts = (type: string): type is Counted => (COUNTED as readonly string[]).includes(type);

/** What an event says about how the orchestration did. It depends on nothing but the history up to it. */
export function observationOf(row: HistoryRow, before: Before): Observation | undefined {
  if (!counts(row.type)) return undefined;
  const parsed = eventContracts[row.type].safeParse(row.data);
  if (!parsed.success) return undefined;
  return 'taskId' in parsed.data
    ? attemptEnded(row, parsed.data, before)
    : runEnded(row, parsed.data, before);
}

type Attempt = EventData<'trimtab.task.completed.v1' | 'trimtab.task.failed.v1'>;
type Ended = EventData<'trimtab.run.completed.v1' | 'trimtab.run.failed.v1' | 'trimtab.run.cancelled.v1'>;

function attemptEnded({ position, time }: HistoryRow, attempt: Attempt, before: Before): AttemptEnded {
  const { runId, taskId, uses, worker, startedAt } = attempt;
  const queuedAt = before.queuedAt(runId, taskId, attempt.attempt, position);
  const endedAt = attempt.endedAt ?? time;
  const worked = worker !== undefined && worker !== 'orchestrator';
  return {
    kind: 'attempt',
    at: endedAt,
    workflow: before.workflowOf(runId, position) ?? 'unknown',
    uses,
    node: worked ? worker : undefined,
    outcome: outcomeOf(attempt),
    code: 'error' in attempt ? attempt.error.code : undefined,
    queueMs: worked ? between(queuedAt, startedAt) : undefined,
    runMs: worked ? between(startedAt, endedAt) : undefined,
    totalMs: between(queuedAt, endedAt),
  };
}

function outcomeOf(attempt: Attempt): AttemptEnded['outcome'] {
  if (!('error' in attempt)) return 'completed';
  return attempt.willRetryAt === null ? 'failed' : 'retrying';
}

const Outputs = z.object({ anomalies: z.array(z.unknown()).nullish() });
const Savings = z.object({ monthlySavings: MoneySchema });

function runEnded({ position }: HistoryRow, run: Ended, before: Before): RunEnded {
  const outputs = 'outputs' in run ? run.outputs : undefined;
  const anomalies = Outputs.safeParse(outputs).data?.anomalies?.length ?? 0;
  const found = Savings.safeParse(outputs).data?.monthlySavings;
  return {
    kind: 'run',
    at: run.endedAt,
    workflow: run.workflow,
    status: run.status,
    code: 'error' in run ? run.error.code : undefined,
    totalMs: between(run.startedAt, run.endedAt) ?? 0,
    findings: before.recommendations(run.runId, position) + anomalies,
    savings: found ? [found] : [],
    executed: before.executed(run.runId, position),
  };
}

function between(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Date.parse(to) - Date.parse(from);
}

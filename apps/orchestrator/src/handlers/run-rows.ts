import type { Attachment, NewEvent } from '@trimtab/event-store';
import { isTerminalRun, unitOf } from '@trimtab/workflow';
import type { RunEvent } from '@trimtab/workflow';
import { taskIn } from '../domain/live-run.js';
import type { LiveRun } from '../domain/live-run.js';
import { childrenOf } from '../domain/reason-to-wait.js';
import { publicEventsOf } from '../domain/public-events.js';
import type { LogRow } from '../domain/public-events.js';
import { countTasks } from '../domain/stored-run-event.js';
import type { Asked, EventMeta } from '../domain/stored-run-event.js';
import type { TaskAnswer } from '../domain/task-messages.js';

/** Who worked on an attempt and when, from the result that was the input. */
export type Worked = Pick<TaskAnswer, 'task' | 'startedAt' | 'endedAt' | 'worker'>;

export type RunRow = NewEvent & LogRow;

/** The row of an event, which becomes the stored one; counts the run's public messages on. */
export function rowOf(run: LiveRun, event: RunEvent, id: string, worked?: Worked, asked?: Asked): RunRow {
  const meta = metaOf(run, event, worked);
  const data = event as RunEvent & { meta: EventMeta };
  data.meta = asked ? { ...meta, asked } : meta;
  const events = publicEventsOf(run.runId, data);
  run.published += events.length;
  return { id, stream: run.stream, type: event.type, at: event.at, data, events };
}

function metaOf(run: LiveRun, event: RunEvent, worked: Worked | undefined): EventMeta {
  const task = taskIn(event);
  if (task !== undefined) return taskMeta(run, event, task, worked);
  const base = baseOf(run);
  if (event.type === 'RunStarted') return { ...base, labels: run.labels };
  if (event.type === 'RunRestarted' || !isTerminalRun(run.state.status)) return base;
  const { by } = (run.state.fate.to === 'COMPLETED' ? {} : (run.state.fate.error.details ?? {})) as {
    by?: { id?: string };
  };
  return {
    ...base,
    startedAt: run.state.startedAt,
    tasks: countTasks(run.state, run.workflow.tasks.keys()),
    actor: by?.id,
  };
}

const baseOf = ({ published, untraced, workflow: { definition } }: LiveRun): EventMeta => ({
  n: published,
  workflow: definition.name,
  version: Number(definition.version) || 0,
  untraced: untraced || undefined,
});

function taskMeta(run: LiveRun, event: RunEvent, task: string, worked: Worked | undefined): EventMeta {
  const { n, workflow, version, untraced } = baseOf(run);
  const { uses } = unitOf(run.workflow, task);
  if (worked?.task === task) {
    const { worker, startedAt, endedAt } = worked;
    return { n, workflow, version, untraced, uses, worker, startedAt, endedAt };
  }
  const queued = run.sends.get(task);
  const startedAt = queued && new Date(queued.sentAtMs).toISOString();
  const expired = event.type === 'TaskFailed' && event.error.code === 'workflow.approval-expired';
  const digest = expired ? String(event.error.details?.digest ?? '') : undefined;
  return { n, workflow, version, untraced, uses, startedAt, digest };
}

/** The row that lists the run; `passive` ones need not be loaded when their partition is taken over. */
export function summaryOf(run: LiveRun, passive: boolean): Attachment {
  const { runId, stream, state, labels } = run;
  return {
    kind: 'run.upsert',
    run: runId,
    stream,
    status: state.status,
    terminal: isTerminalRun(state.status),
    version: state.version,
    data: {
      workflow: run.workflow.definition.name,
      labels,
      passive,
      untraced: run.untraced || undefined,
      parent: state.parent?.runId,
      /** What a resting run waits for beside its timers. */
      children: passive ? childrenOf(state) : undefined,
    },
  };
}

export const WAKE = 'wake';

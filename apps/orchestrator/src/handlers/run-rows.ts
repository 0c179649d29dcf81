import type { Attachment, NewEvent } from '@trimtab/event-store';
import { partsOfKey } from '@trimtab/workflow';
import type { RunEvent } from '@trimtab/workflow';
import { isTerminalRun } from '@trimtab/workflow';
import { taskIn } from '../domain/live-run.js';
import type { LiveRun } from '../domain/live-run.js';
import { childrenOf } from '../domain/reason-to-wait.js';
import { publicCount } from '../domain/public-events.js';
import { countTasks, streamOf } from '../domain/stored-run-event.js';
import type { Asked, EventMeta, StoredRunEvent } from '../domain/stored-run-event.js';
import type { TaskAnswer } from '../domain/task-messages.js';

/** Who worked on an attempt and when, from the result that was the input. */
export type Worked = Pick<TaskAnswer, 'task' | 'startedAt' | 'endedAt' | 'worker'>;

export type RunRow = NewEvent & { readonly data: StoredRunEvent };

/** The row of an event; counts the run's public messages on. */
export function rowOf(run: LiveRun, event: RunEvent, id: string, worked?: Worked, asked?: Asked): RunRow {
  const meta = metaOf(run, event, worked);
  const data: StoredRunEvent = { ...event, meta: asked ? { ...meta, asked } : meta };
  run.published += publicCount(run.runId, data);
  return { id, type: event.type, at: event.at, data };
}

function metaOf(run: LiveRun, event: RunEvent, worked: Worked | undefined): EventMeta {
  const { definition } = run.workflow;
  const base = { n: run.published, workflow: definition.name, version: Number(definition.version) || 0 };
  if (event.type === 'RunStarted') return { ...base, labels: run.labels };
  const task = taskIn(event);
  if (task !== undefined) return { ...base, ...taskMeta(run, event, task, worked) };
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

function taskMeta(
  run: LiveRun,
  event: RunEvent,
  task: string,
  worked: Worked | undefined,
): Partial<EventMeta> {
  const uses = usesOf(run, task);
  if (worked?.task === task)
    return { uses, worker: worked.worker, startedAt: worked.startedAt, endedAt: worked.endedAt };
  const queued = run.sends.get(task);
  const startedAt = queued ? new Date(queued.sentAtMs).toISOString() : undefined;
  const expired = event.type === 'TaskFailed' && event.error.code === 'workflow.approval-expired';
  return { uses, startedAt, digest: expired ? String(event.error.details?.digest ?? '') : undefined };
}

function usesOf(run: LiveRun, key: string): string | undefined {
  const { id, undo } = partsOfKey(key);
  const definition = run.workflow.tasks.get(id)?.definition;
  return undo ? definition?.compensate?.uses : definition?.uses;
}

/** The row that lists the run; `passive` ones need not be loaded when their partition is taken over. */
export function summaryOf(run: LiveRun, passive: boolean): Attachment {
  const { runId, state, labels } = run;
  return {
    kind: 'run.upsert',
    run: runId,
    stream: streamOf(runId),
    status: state.status,
    terminal: isTerminalRun(state.status),
    version: state.version,
    data: {
      workflow: run.workflow.definition.name,
      labels,
      passive,
      parent: state.parent?.runId,
      /** What a resting run waits for beside its timers. */
      children: passive ? childrenOf(state) : undefined,
    },
  };
}

export const WAKE = 'wake';

import type { LiveMessage, RunDetail, RunView, SpanView, TaskView } from '@trimtab/contracts';
import { spanIdOf } from '@trimtab/kernel';
import type { z } from 'zod';

export type Progress = Extract<LiveMessage, { kind: 'progress' }>;

/** Number of task instances by state. */
export function countStates(tasks: readonly { state: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of tasks) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

const WORKING = new Set(['QUEUED', 'RUNNING']);

/** A queued task that reports progress is running; its newest report is shown while it works. */
export function withProgress(task: TaskView, report: Progress | undefined): TaskView {
  if (!report || report.attempt !== task.attempt || !WORKING.has(task.state)) return task;
  const progress = { done: report.done, total: report.total ?? null, note: report.note ?? null };
  return { ...task, state: 'RUNNING', progress };
}

/** How long a run took, or takes so far. */
export function durationOf(run: { startedAt: string; endedAt: string | null }, now: Date): number {
  return (run.endedAt === null ? now.getTime() : Date.parse(run.endedAt)) - Date.parse(run.startedAt);
}

export const detailOf = (
  run: RunView,
  taskList: readonly TaskView[],
  more: { input: unknown; outputs: unknown },
): RunDetail => ({
  ...run,
  ...more,
  tasks: countStates(taskList),
  taskList: [...taskList],
});

/** The bars of a run: the run, then every task under it in the order in which they began. */
export function spansOf(
  run: RunView,
  tasks: readonly (TaskView & { worker: string | null })[],
): z.infer<typeof SpanView>[] {
  const root = spanIdOf(run.id, 'run.start');
  const bars = tasks
    .filter((task) => task.startedAt !== null)
    .sort((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1))
    .map((task) => ({
      spanId: spanIdOf(run.id, `${task.taskId}#${task.attempt}`),
      parentSpanId: root,
      name: task.taskId,
      service: task.worker ?? task.uses.split('.')[0] ?? '',
      startedAt: task.startedAt ?? run.startedAt,
      endedAt: task.endedAt,
      status: task.state === 'FAILED' ? 'error' : 'ok',
    }));
  const status = run.error === null ? 'ok' : 'error';
  const whole = {
    spanId: root,
    parentSpanId: null,
    name: run.workflow,
    service: 'orchestrator',
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    status,
  };
  return [whole, ...bars];
}

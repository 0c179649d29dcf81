import type { LiveMessage } from '@trimtab/contracts';
import { partsOfKey } from '@trimtab/workflow';
import type { LiveRun } from '../domain/live-run.js';
import type { TaskBus } from '../outbound/task-bus.js';

/** What a worker's sign of life means: noted, the first one that a timeout waits for, or of work nobody waits for. */
export type Sign = 'noted' | 'started' | 'unwanted';

export function signOf(run: LiveRun | undefined, key: string, attempt: number): Sign {
  if (!run) return 'unwanted';
  if (run.sends.get(key)?.attempt !== attempt) return isOpen(run, key, attempt) ? 'noted' : 'unwanted';
  return isWatched(run, key) && run.state.tasks.get(key)?.status === 'QUEUED' ? 'started' : 'noted';
}

/** The message that told the worker to stop came before it listened, or got lost. */
export function tellUnwanted(
  bus: TaskBus,
  run: LiveRun | undefined,
  cancel: LiveMessage & { kind: 'cancel' },
): void {
  (run?.tail ?? Promise.resolve()).then(
    () => bus.cancel(cancel),
    () => undefined,
  );
}

/** Whether the answer to an attempt is waited for; also of a task that this run does not know. */
function isOpen(run: LiveRun, key: string, attempt: number): boolean {
  const task = run.state.tasks.get(key);
  if (!task || task.status === 'PENDING') return true;
  return (task.status === 'QUEUED' || task.status === 'RUNNING') && task.attempt <= attempt;
}

/** Whether a timeout depends on when a worker started. */
function isWatched(run: LiveRun, key: string): boolean {
  const timeout = run.workflow.tasks.get(partsOfKey(key).id)?.definition.timeout;
  return timeout?.queue !== undefined || timeout?.heartbeat !== undefined;
}

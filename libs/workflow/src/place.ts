import type { TaskState } from './state.js';

/** Workers that share a queue: those of the first word of a task's type in this pool. */
export interface Place {
  readonly pool: string;
}

/** Where the latest attempt of a task is or was. */
export function placeOf(task: TaskState | undefined): Place | undefined {
  if (!task || !('pool' in task) || task.pool === undefined) return undefined;
  return { pool: task.pool };
}

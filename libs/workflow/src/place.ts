import type { TaskState } from './state.js';

/** Workers that share a queue: of the service that a task's type names, unless told. */
export interface Place {
  readonly service?: string;
  readonly pool: string;
}

/** Where the latest attempt of a task is or was. */
export function placeOf(task: TaskState | undefined): Place | undefined {
  if (!task || !('pool' in task) || task.pool === undefined) return undefined;
  return { pool: task.pool, ...(task.service !== undefined && { service: task.service }) };
}

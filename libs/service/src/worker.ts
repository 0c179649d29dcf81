/** The door of plain programs: a worker without Nest and without Postgres. */
export { worker } from './plain/worker.js';
export type { PlainWorker, RunningWorker, WorkerOptions } from './plain/worker.js';
export type { PlainContext, PlainTask } from './plain/plain-task.js';
export { AppError } from '@trimtab/kernel';

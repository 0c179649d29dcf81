import { WorkflowError } from './errors.js';

export type RunStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'PAUSED'
  | 'SUSPENDED'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELLED'
  | 'TERMINATED'
  | 'COMPENSATED';

export type TaskStatus =
  | 'PENDING'
  | 'QUEUED'
  | 'RUNNING'
  | 'RETRYING'
  | 'WAITING'
  | 'COMPLETED'
  | 'FAILED'
  | 'SKIPPED'
  | 'CANCELLED'
  | 'COMPENSATED';

/** Every legal change of a task's status; what has an empty list is final. */
export const TASK_TRANSITIONS: { readonly [from in TaskStatus]: readonly TaskStatus[] } = {
  PENDING: ['QUEUED', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'],
  QUEUED: ['QUEUED', 'RUNNING', 'RETRYING', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'],
  RUNNING: ['RUNNING', 'RETRYING', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'],
  RETRYING: ['QUEUED', 'WAITING', 'FAILED', 'SKIPPED', 'CANCELLED'],
  WAITING: ['QUEUED', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'],
  COMPLETED: ['COMPENSATED'],
  FAILED: [],
  SKIPPED: [],
  CANCELLED: [],
  COMPENSATED: [],
};

/** Every legal change of a run's status; the last five are final. */
export const RUN_TRANSITIONS: { readonly [from in RunStatus]: readonly RunStatus[] } = {
  PENDING: ['RUNNING'],
  RUNNING: ['PAUSED', 'SUSPENDED', 'COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'COMPENSATED'],
  PAUSED: ['RUNNING', 'TERMINATED'],
  SUSPENDED: ['RUNNING', 'TERMINATED'],
  COMPLETED: [],
  FAILED: [],
  CANCELLED: [],
  TERMINATED: [],
  COMPENSATED: [],
};

const TERMINAL_TASK = new Set<TaskStatus>(['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED', 'COMPENSATED']);
const TERMINAL_RUN = new Set<RunStatus>(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'COMPENSATED']);

export const isTerminalTask = (status: TaskStatus): boolean => TERMINAL_TASK.has(status);
export const isTerminalRun = (status: RunStatus): boolean => TERMINAL_RUN.has(status);

/** Throws `workflow.illegal-transition`: a defect or a damaged history, never something to go on from. */
export function assertTaskTransition(key: string, from: TaskStatus, to: TaskStatus): void {
  if (!TASK_TRANSITIONS[from].includes(to)) throw illegal(`task ${key}`, from, to);
}

/** Throws `workflow.illegal-transition`. */
export function assertRunTransition(runId: string, from: RunStatus, to: RunStatus): void {
  if (!RUN_TRANSITIONS[from].includes(to)) throw illegal(`run ${runId}`, from, to);
}

const illegal = (what: string, from: string, to: string): WorkflowError =>
  new WorkflowError(
    'workflow.illegal-transition',
    `The history of ${what} goes from ${from} to ${to}: inspect its events.`,
    {
      details: { from, to },
    },
  );

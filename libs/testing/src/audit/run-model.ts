import type { Complain } from './violation.js';
import { isUndo, taskOfKey } from './plan.js';
import type { Plan } from './plan.js';

/** The auditor's own picture of an event: only what is written in the log. */
export interface LoggedEvent {
  readonly type: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly output?: unknown;
  readonly reason?: string;
  readonly digest?: string;
  readonly by?: { readonly id: string };
  readonly wait?: { readonly for: string; readonly digest?: string };
}

interface TaskModel {
  status: string;
  attempt: number;
  output?: unknown;
  /** Digest of the approval that was asked for last. */
  digest?: string;
}

/** From which states an event may follow, and where it leads. */
const TASK_STEPS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  FanOutStarted: ['PENDING', 'RUNNING'],
  /** From QUEUED: an attempt that nobody took goes to another pool as the next one. */
  TaskQueued: ['PENDING QUEUED RETRYING WAITING', 'QUEUED'],
  TaskStarted: ['QUEUED RUNNING', 'RUNNING'],
  TaskWaiting: ['PENDING QUEUED RUNNING RETRYING WAITING', 'WAITING'],
  TaskRetrying: ['QUEUED RUNNING', 'RETRYING'],
  TaskCompleted: ['QUEUED RUNNING WAITING', 'COMPLETED'],
  TaskFailed: ['PENDING QUEUED RUNNING RETRYING WAITING', 'FAILED'],
  TaskSkipped: ['PENDING QUEUED RUNNING RETRYING WAITING', 'SKIPPED'],
  TaskCancelled: ['PENDING QUEUED RUNNING RETRYING WAITING', 'CANCELLED'],
  TaskCompensated: ['COMPLETED', 'COMPENSATED'],
};
const RUN_STEPS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  RunStarted: ['NONE', 'RUNNING'],
  RunPaused: ['RUNNING', 'PAUSED'],
  RunResumed: ['PAUSED SUSPENDED', 'RUNNING'],
  RunSuspended: ['RUNNING', 'SUSPENDED'],
  RunEnding: ['RUNNING PAUSED SUSPENDED', 'RUNNING'],
  RunCompleted: ['RUNNING', 'COMPLETED'],
  RunFailed: ['RUNNING', 'FAILED'],
  RunCancelled: ['RUNNING', 'CANCELLED'],
  RunTerminated: ['RUNNING PAUSED SUSPENDED', 'TERMINATED'],
  RunCompensated: ['RUNNING', 'COMPENSATED'],
};
const FINAL_RUN = 'COMPLETED FAILED CANCELLED TERMINATED COMPENSATED';
const FINAL_TASK = 'COMPLETED FAILED SKIPPED CANCELLED COMPENSATED';
const STARTS = new Set(['FanOutStarted', 'TaskQueued', 'TaskWaiting']);
const SETTLES = new Set(['TaskCompleted', 'TaskFailed', 'TaskRetrying']);

const within = (states: string, state: string): boolean => states.split(' ').includes(state);

/** One run, replayed by rules of its own; complains about every event that may not be there. */
export class RunModel {
  status = 'NONE';
  readonly tasks = new Map<string, TaskModel>();
  /** Keys in the order of their completion, and of their compensation. */
  readonly completed: string[] = [];
  readonly compensated: string[] = [];
  /** Approvals that were granted for exactly what was asked: task → who. */
  readonly granted = new Set<string>();
  readonly actors = new Set<string>();

  constructor(
    readonly runId: string,
    readonly plan: Plan,
  ) {}

  get ended(): boolean {
    return within(FINAL_RUN, this.status);
  }

  taskOf(key: string): TaskModel {
    return this.tasks.get(key) ?? { status: 'PENDING', attempt: 0 };
  }

  isFinal(key: string): boolean {
    return within(FINAL_TASK, this.taskOf(key).status);
  }

  /** Whether the log waits for the result of an attempt. */
  awaits(key: string, attempt: number | undefined): boolean {
    const task = this.taskOf(key);
    return !this.ended && within('QUEUED RUNNING', task.status) && task.attempt === attempt;
  }

  apply(event: LoggedEvent, complain: Complain): void {
    if (this.ended) complain('I5', `${event.type} follows the end (${this.status})`);
    if (event.by) this.actors.add(`${event.type} ${event.by.id}`);
    const step = RUN_STEPS[event.type];
    if (step) return this.moveRun(event.type, step, complain);
    const { task } = event;
    if (task === undefined) return;
    if (event.type === 'ApprovalGranted') return this.grant(task, event, complain);
    const move = TASK_STEPS[event.type];
    if (move) this.moveTask(task, event, move, complain);
  }

  private moveRun(type: string, [from, to]: readonly [string, string], complain: Complain): void {
    if (!within(from, this.status)) complain('I5', `${type} in status ${this.status}`);
    this.status = to;
    if (!this.ended) return;
    const open = [...this.tasks].filter(([, { status }]) => !within(FINAL_TASK, status));
    if (open.length > 0) complain('I5', `${type} while ${open.map(([key]) => key).join(', ')} are open`);
    const never = this.plan.tasks.filter((id) => !this.tasks.has(id));
    if (never.length > 0) complain('I5', `${type} before ${never.join(', ')} came to anything`);
  }

  private moveTask(
    key: string,
    event: LoggedEvent,
    [from, to]: readonly [string, string],
    complain: Complain,
  ): void {
    const task = this.taskOf(key);
    const { type, attempt = task.attempt } = event;
    if (!within(from, task.status)) complain('I5', `${type} of ${key} in status ${task.status}`);
    this.checkAttempt(key, type, attempt, complain);
    if (STARTS.has(type) && task.status === 'PENDING') this.checkStart(key, complain);
    if (to === 'COMPLETED') this.complete(key, event.output, complain);
    if (to === 'COMPENSATED') this.compensate(key, complain);
    const { output = task.output } = event;
    const digest = event.wait?.for === 'approval' ? event.wait.digest : task.digest;
    this.tasks.set(key, { status: to, attempt, output, digest });
  }

  private checkAttempt(key: string, type: string, attempt: number, complain: Complain): void {
    const task = this.taskOf(key);
    if (SETTLES.has(type) && attempt !== task.attempt)
      complain('I7', `${type} of attempt ${attempt} of ${key}, which is at attempt ${task.attempt}`);
    if (type === 'TaskQueued' && attempt !== task.attempt + 1)
      complain('I7', `attempt ${attempt} of ${key} follows attempt ${task.attempt}`);
    if (type === 'TaskQueued' && this.status !== 'RUNNING')
      complain('I5', `${key} was queued while the run was ${this.status}`);
  }

  private checkStart(key: string, complain: Complain): void {
    if (isUndo(key)) return;
    const id = taskOfKey(key);
    const early = this.plan.needsOf(id).filter((need) => !this.isFinal(need));
    if (early.length > 0) complain('I6', `${key} started before ${early.join(', ')}`);
    const condition = this.plan.conditionOf(id);
    if (!condition) return;
    const { n } = (this.taskOf(condition.on).output ?? {}) as { n?: number };
    if (n === undefined || !(n > condition.above))
      complain('I6', `${key} started though n of ${condition.on} is ${n}, not above ${condition.above}`);
  }

  /** What a worker says of the input that its answer is for must be what the log gave. */
  private complete(key: string, output: unknown, complain: Complain): void {
    this.completed.push(key);
    const { of } = (output ?? {}) as { of?: number | null };
    const given = of === undefined || isUndo(key) ? undefined : this.plan.givenTo(taskOfKey(key));
    if (given === undefined) return;
    const { n = null } = (this.taskOf(given).output ?? {}) as { n?: number };
    if (of !== n) complain('I7', `${key} took an answer to n = ${of} of ${given}, which is ${n}`);
  }

  private grant(key: string, event: LoggedEvent, complain: Complain): void {
    const { status, digest } = this.taskOf(key);
    if (status !== 'WAITING' || digest !== event.digest)
      complain('I12', `${key} was granted for ${event.digest}, asked was ${digest}`);
    if (this.granted.has(key)) complain('I12', `${key} was granted twice`);
    this.granted.add(key);
  }

  private compensate(key: string, complain: Complain): void {
    const undo = this.taskOf(`${key}~undo`).status;
    if (undo !== 'COMPLETED') complain('I8', `${key} counts as compensated, its compensation is ${undo}`);
    const id = taskOfKey(key);
    const wrong = this.compensated.filter((earlier) => this.plan.comesAfter(id, taskOfKey(earlier)));
    if (wrong.length > 0) complain('I8', `${key} was compensated after ${wrong.join(', ')}, which it needs`);
    const since = this.completed.indexOf(this.compensated.at(-1) ?? '');
    if (since >= 0 && this.completed.indexOf(key) > since)
      complain('I8', `${key} completed last and was not compensated first`);
    this.compensated.push(key);
  }
}

import { RUN_TIMER, timersOf, unitOf } from '@trimtab/workflow';
import type { CompiledWorkflow, RunState, TaskState } from '@trimtab/workflow';
import type { Send } from './live-run.js';

/** A run as far as it shows what it waits for. */
export interface Watched {
  readonly workflow: CompiledWorkflow;
  readonly state: RunState;
  /** Due instants (epoch ms) by timer key. */
  readonly timers: ReadonlyMap<string, number>;
  /** Commands that are out, by task key; the sweeper sends a lost one again. */
  readonly sends: ReadonlyMap<string, Pick<Send, 'attempt'>>;
}

export type ChildStatus = 'open' | 'ended' | 'absent';

/** Something in an open run that nothing will ever move. */
export interface Doubt {
  readonly task?: string;
  readonly why: string;
}

/** A timer may fire so much later than it is due. */
const OVERDUE_MS = 30_000;

/**
 * What of an open run has no live reason to wait: no command that is out, no timer that will fire, nobody who was asked,
 * no child that goes on. Empty for a healthy run, between any two of its events.
 */
export function doubtsOf(run: Watched, children: ReadonlyMap<string, ChildStatus>, nowMs: number): Doubt[] {
  const { state } = run;
  if (state.status === 'PAUSED' || state.status === 'SUSPENDED') return inFlightDoubts(run, nowMs);
  const found = [...state.active].flatMap((key) => taskDoubts(run, key, children, nowMs));
  return [...found, ...forgotten(run), ...runTimerDoubts(run, nowMs), ...idle(state, found)];
}

/** A run that a person stopped waits for that person; only what is in flight needs a reason of its own. */
const inFlightDoubts = (run: Watched, nowMs: number): Doubt[] =>
  [...run.state.active].flatMap((key) => {
    const task = run.state.tasks.get(key);
    return isInFlight(task) ? taskDoubts(run, key, new Map(), nowMs) : [];
  });

const isInFlight = (task: TaskState | undefined): task is TaskState & { status: 'QUEUED' | 'RUNNING' } =>
  task?.status === 'QUEUED' || task?.status === 'RUNNING';

/** Child runs that a run waits for. */
export const childrenOf = ({ active, tasks }: RunState): string[] =>
  [...active].flatMap((key) => {
    const task = tasks.get(key);
    return task?.status === 'WAITING' && task.wait.for === 'child' ? [task.wait.child] : [];
  });

function taskDoubts(
  run: Watched,
  key: string,
  children: ReadonlyMap<string, ChildStatus>,
  nowMs: number,
): Doubt[] {
  const task = run.state.tasks.get(key);
  if (!task) return [];
  const timers = timersOf(unitOf(run.workflow, key), task)
    .filter((timer) => !timer.key.startsWith('queue/') || task.status === 'QUEUED')
    .flatMap((timer) => timerDoubts(run, key, timer.key, nowMs));
  return [...timers, ...sendDoubts(run, key, task), ...waitDoubts(key, task, children)];
}

function timerDoubts({ timers }: Watched, task: string | undefined, key: string, nowMs: number): Doubt[] {
  const due = timers.get(key);
  if (due === undefined) return [{ task, why: `the timer ${key} is not set` }];
  return due < nowMs - OVERDUE_MS ? [{ task, why: `the timer ${key} is overdue` }] : [];
}

function sendDoubts({ sends }: Watched, key: string, task: TaskState): Doubt[] {
  if (!isInFlight(task) || sends.get(key)?.attempt === task.attempt) return [];
  return [{ task: key, why: `no command of attempt ${task.attempt} is out` }];
}

function waitDoubts(key: string, task: TaskState, children: ReadonlyMap<string, ChildStatus>): Doubt[] {
  if (task.status !== 'WAITING') return [];
  const { wait } = task;
  if (wait.for === 'resolution') return [{ task: key, why: 'nobody is asked to resolve its failure' }];
  const child = wait.for === 'child' ? children.get(wait.child) : undefined;
  if (child === 'absent') return [{ task: key, why: 'its child run was never started' }];
  return child === 'ended' ? [{ task: key, why: 'its child run has ended and it was not told' }] : [];
}

/** What could start now and did not. */
function forgotten({ state, workflow }: Watched): Doubt[] {
  if (state.undo.phase === 'wanted' || state.undo.phase === 'running') return [];
  return [...workflow.tasks.values()].flatMap(({ id, definition }): Doubt[] => {
    if (state.ending && !definition.always) return [];
    const status = state.tasks.get(id)?.status;
    if (status === 'PENDING' && state.waitingFor.get(id) === 0)
      return [{ task: id, why: 'it is ready and was not started' }];
    const empty = status === 'RUNNING' && state.fanOuts.get(id)?.active === 0;
    return empty ? [{ task: id, why: 'none of its items is under way' }] : [];
  });
}

const runTimerDoubts = (run: Watched, nowMs: number): Doubt[] =>
  run.workflow.definition.timeout === undefined || run.state.ending
    ? []
    : timerDoubts(run, undefined, RUN_TIMER, nowMs);

const idle = ({ active }: RunState, found: readonly Doubt[]): Doubt[] =>
  active.size === 0 && found.length === 0 ? [{ why: 'nothing is under way and nothing is waited for' }] : [];

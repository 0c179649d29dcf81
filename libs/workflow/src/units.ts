import type { CompiledTask, CompiledWorkflow } from './compile.js';
import { taskOf } from './compile.js';
import type { OnError, RetryPolicy, Timeouts } from './definition.js';
import { later } from './duration.js';
import { partsOfKey, timerKey } from './keys.js';
import type { TaskState } from './state.js';

/** What one task key runs: the task itself, an element of its fan-out, or its compensation. */
export interface Unit {
  readonly key: string;
  readonly task: CompiledTask;
  readonly undo: boolean;
  readonly element: boolean;
  readonly uses: string;
  readonly timeout: Timeouts;
  readonly retry: RetryPolicy;
  readonly onError: OnError;
}

/** Units of tasks and compensations are the same in all runs of a workflow; elements are too many to keep. */
const known = new WeakMap<CompiledWorkflow, Map<string, Unit>>();

export function unitOf(workflow: CompiledWorkflow, key: string): Unit {
  const units = known.get(workflow) ?? new Map<string, Unit>();
  const before = units.get(key);
  if (before) return before;
  const unit = newUnit(workflow, key);
  if (unit.element) return unit;
  known.set(workflow, units);
  units.set(key, unit);
  return unit;
}

function newUnit(workflow: CompiledWorkflow, key: string): Unit {
  const { id, index, undo } = partsOfKey(key);
  const task = taskOf(workflow, id);
  const part = undo && task.compensate ? task.compensate.definition : task.definition;
  return {
    key,
    task,
    undo,
    element: index !== undefined,
    uses: part.uses,
    timeout: part.timeout,
    retry: part.retry,
    onError: undo ? 'fail' : task.definition.onError,
  };
}

export interface Timer {
  readonly key: string;
  readonly dueAt: string;
}

/** Timers that a task in this state needs. They follow from the state alone, so recovery sets the same ones. */
export function timersOf(unit: Unit, state: TaskState): Timer[] {
  if (state.status === 'QUEUED') return queuedTimers(unit, state.attempt, state.at);
  if (state.status === 'RUNNING') return runningTimers(unit, state.attempt, state.at);
  if (state.status === 'RETRYING')
    return [{ key: timerKey('retry', unit.key, state.attempt), dueAt: state.dueAt }];
  const until = state.status === 'WAITING' && 'until' in state.wait ? state.wait.until : undefined;
  return until === undefined || state.status !== 'WAITING'
    ? []
    : [{ key: timerKey('wait', unit.key, state.attempt), dueAt: until }];
}

/** Their keys alone. */
export function timerKeysOf({ key, timeout }: Unit, state: TaskState): string[] {
  const { status } = state;
  if (status === 'QUEUED' || status === 'RUNNING') {
    const second = status === 'QUEUED' ? 'queue' : 'beat';
    const run = timerKey('run', key, state.attempt);
    const other = status === 'QUEUED' ? timeout.queue : timeout.heartbeat;
    return other === undefined ? [run] : [run, timerKey(second, key, state.attempt)];
  }
  if (status === 'RETRYING') return [timerKey('retry', key, state.attempt)];
  if (status !== 'WAITING' || !('until' in state.wait) || state.wait.until === undefined) return [];
  return [timerKey('wait', key, state.attempt)];
}

/** After this instant the result of an attempt queued at `at` comes too late. */
export const deadlineOf = (unit: Unit, at: string): string =>
  later(at, (unit.timeout.queue ?? 0) + unit.timeout.run);

function queuedTimers(unit: Unit, attempt: number, at: string): Timer[] {
  const { queue } = unit.timeout;
  const run = { key: timerKey('run', unit.key, attempt), dueAt: deadlineOf(unit, at) };
  return queue === undefined
    ? [run]
    : [run, { key: timerKey('queue', unit.key, attempt), dueAt: later(at, queue) }];
}

function runningTimers(unit: Unit, attempt: number, at: string): Timer[] {
  const { heartbeat, run } = unit.timeout;
  const timer = { key: timerKey('run', unit.key, attempt), dueAt: later(at, run) };
  if (heartbeat === undefined) return [timer];
  return [timer, { key: timerKey('beat', unit.key, attempt), dueAt: later(at, heartbeat) }];
}

/** A worker has the attempt, or will. */
export const inFlight = (task: TaskState | undefined): task is TaskState & { status: 'QUEUED' | 'RUNNING' } =>
  task?.status === 'QUEUED' || task?.status === 'RUNNING';

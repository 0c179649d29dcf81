import { toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo, Json } from '@trimtab/kernel';
import { block } from './blocking.js';
import { taskOf } from './compile.js';
import { later } from './duration.js';
import { beginEnding, endCompensation } from './ending.js';
import type { InputOf } from './inputs.js';
import { undoneKey } from './keys.js';
import { mayRetry, pauseAfter } from './retry.js';
import type { FanOut } from './state.js';
import { triedOf } from './task-status.js';
import { emit, wake } from './turn.js';
import type { Turn } from './turn.js';
import { unitOf } from './units.js';
import type { Unit } from './units.js';
import { render } from './variables.js';

/** A worker that does not say when to ask again is asked after 30 s, then ever less often. */
const BLOCKED_RETRY_MS = 30_000;
const MAX_DOUBLINGS = 4;

/** A worker has begun an attempt; a later delivery of the same attempt has a higher claim. */
export function taskStarted(turn: Turn, input: InputOf<'taskStarted'>): undefined {
  const task = turn.state.tasks.get(input.task);
  const queued = task?.status === 'QUEUED';
  const newer = task?.status === 'RUNNING' && input.claim > task.claim;
  if (!(queued || newer) || task.attempt !== input.attempt) return;
  emit(turn, { type: 'TaskStarted', task: input.task, attempt: input.attempt, claim: input.claim });
}

/** The answer to an attempt. A stale token (another attempt, an older claim) changes nothing. */
export function taskResult(turn: Turn, input: InputOf<'taskResult'>): undefined {
  if (isCurrent(turn, input)) settleAttempt(turn, input);
}

function settleAttempt(turn: Turn, input: InputOf<'taskResult'>): void {
  const { outcome, task: key } = input;
  switch (outcome.kind) {
    case 'completed':
      return complete(turn, key, outcome.output);
    case 'failed':
      return attemptFailed(turn, key, outcome.error);
    case 'blocked':
      return block(turn, key, outcome.on, outcome.retryInMs ?? againIn(input.attempt));
  }
}

const againIn = (attempt: number): number => BLOCKED_RETRY_MS * 2 ** Math.min(attempt - 1, MAX_DOUBLINGS);

function isCurrent(turn: Turn, input: InputOf<'taskResult'>): boolean {
  const task = turn.state.tasks.get(input.task);
  if (!task || turn.state.fanOuts.has(input.task)) return false;
  if (task.status === 'QUEUED') return task.attempt === input.attempt;
  if (task.status === 'RUNNING') return task.attempt === input.attempt && input.claim >= task.claim;
  return task.status === 'WAITING' && task.wait.for === 'child' && task.attempt === input.attempt;
}

function complete(turn: Turn, key: string, raw: Json): void {
  const unit = unitOf(turn.workflow, key);
  const { attempt } = triedOf(turn.state, key);
  let output = raw;
  try {
    if (unit.task.outputs && !unit.undo) output = render(turn.state, unit.task.outputs, key, raw);
  } catch (error) {
    return failForGood(turn, key, toErrorInfo(error));
  }
  emit(turn, { type: 'TaskCompleted', task: key, attempt, output });
  if (unit.undo) emit(turn, { type: 'TaskCompensated', task: undoneKey(key) });
  else if (unit.element) turn.ready.push(unit.task.id);
  else wake(turn, key);
}

/** An attempt failed: try again later if the error and the policy allow it. */
export function attemptFailed(turn: Turn, key: string, error: ErrorInfo): void {
  const unit = unitOf(turn.workflow, key);
  const { attempt, failures } = triedOf(turn.state, key);
  if (isStopping(turn, unit) || !mayRetry(unit.retry, failures + 1, error))
    return failForGood(turn, key, error);
  const dueAt = later(turn.at, pauseAfter(error, unit.retry, failures + 1, turn.env.random));
  emit(turn, { type: 'TaskRetrying', task: key, attempt, error, dueAt });
}

export const isStopping = (turn: Turn, unit: Unit): boolean =>
  turn.state.ending && !unit.undo && !unit.task.definition.always;

/** A failure that no retry can help. What it means for the run is said by `onError` and `failFast`. */
export function failForGood(turn: Turn, key: string, error: ErrorInfo): void {
  const unit = unitOf(turn.workflow, key);
  const { attempt } = triedOf(turn.state, key);
  if (unit.onError === 'suspend' && mayResolve(turn, key)) return suspend(turn, key, error);
  emit(turn, { type: 'TaskFailed', task: key, attempt, error });
  if (unit.undo) return endCompensation(turn, { task: undoneKey(key), error });
  if (unit.element) return elementFailed(turn, unit, error);
  taskFailed(turn, key, error);
}

/** Nobody can resolve what was never tried, what a person rejected, or what ends with the run. */
function mayResolve({ state }: Turn, key: string): boolean {
  const tried = (state.tasks.get(key)?.status ?? 'PENDING') !== 'PENDING';
  return tried && !state.ending && !state.decisions.has(key);
}

function suspend(turn: Turn, key: string, error: ErrorInfo): void {
  const { attempt } = triedOf(turn.state, key);
  emit(turn, { type: 'TaskWaiting', task: key, attempt, wait: { for: 'resolution', error } });
  if (turn.state.status === 'RUNNING') emit(turn, { type: 'RunSuspended', task: key, error });
}

function taskFailed(turn: Turn, id: string, error: ErrorInfo): void {
  wake(turn, id);
  if (stopsRun(turn, id)) stopRun(turn, id, error);
}

function elementFailed(turn: Turn, unit: Unit, error: ErrorInfo): void {
  const { id } = unit.task;
  if (stopsRun(turn, id)) stopRun(turn, id, { ...error, details: { ...error.details, item: unit.key } });
  else turn.ready.push(id);
}

function stopsRun(turn: Turn, id: string): boolean {
  const { tolerated, definition } = taskOf(turn.workflow, id);
  if (tolerated || turn.state.ending) return false;
  return turn.workflow.definition.failFast || definition.onError === 'compensate';
}

function stopRun(turn: Turn, id: string, error: ErrorInfo): void {
  const undo = taskOf(turn.workflow, id).definition.onError === 'compensate';
  const cause = { ...error, details: { ...error.details, task: id } };
  beginEnding(
    turn,
    { to: undo ? 'COMPENSATED' : 'FAILED', error: cause },
    { kind: 'system', id: 'engine' },
    undo,
  );
}

export const cancel = (turn: Turn, key: string, reason: string): void =>
  emit(turn, { type: 'TaskCancelled', task: key, reason });

/** Ends a fan-out whose elements are all done: COMPLETED, FAILED as its policy says, or CANCELLED when it was stopped. */
export function closeFanOut(turn: Turn, id: string): void {
  const fan = turn.state.fanOuts.get(id);
  if (!fan || fan.active > 0) return;
  const task = taskOf(turn.workflow, id);
  const stopped = turn.state.ending && !task.definition.always;
  if (fan.done < fan.items.length && !stopped) return;
  const error = elementsError(fan, task.tolerated, id);
  if (error) {
    emit(turn, { type: 'TaskFailed', task: id, attempt: 0, error });
    return taskFailed(turn, id, error);
  }
  if (fan.done < fan.items.length || fan.cancelled > 0) cancel(turn, id, 'the run is ending');
  else emit(turn, { type: 'TaskCompleted', task: id, attempt: 0, output: null });
  wake(turn, id);
}

/** Tolerated failures make the fan-out fail only when no element succeeded. */
function elementsError(fan: FanOut, tolerated: boolean, id: string): ErrorInfo | undefined {
  if (fan.failed === 0 || (tolerated && fan.failed < fan.items.length)) return undefined;
  const message = `${fan.failed} of ${fan.items.length} items of ${id} failed: see each item's error.`;
  return {
    code: 'workflow.items-failed',
    message,
    retry: 'never',
    details: { failed: fan.failed, of: fan.items.length },
  };
}

import { toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo, Json } from '@trimtab/kernel';
import { isBlocked, lookAgain } from './blocking.js';
import { misfit } from './json-schema.js';
import { undoKey } from './keys.js';
import { cancel, closeFanOut } from './results.js';
import { startReady, startUnit, wakeAll } from './starting.js';
import type { Actor, Fate, RunState, TaskState } from './state.js';
import { isTerminalRun, isTerminalTask } from './transitions.js';
import { emit } from './turn.js';
import type { Turn } from './turn.js';
import { inFlight, timersOf, unitOf } from './units.js';
import { render } from './variables.js';

/**
 * Stops what is not finished. Tasks that did not start are cancelled; attempts in flight are told to stop and their
 * results become stale, except effects that are to be undone: those are waited for, because only a known outcome can be
 * compensated. `always` tasks run.
 */
export function beginEnding(turn: Turn, fate: Fate, by: Actor, undo: boolean): void {
  const stood = turn.state.status !== 'RUNNING';
  emit(turn, { type: 'RunEnding', fate, by, undo });
  const reason = fate.to === 'COMPLETED' ? 'the run is ending' : fate.error.code;
  for (const key of [...turn.state.active]) if (!outlives(turn, key, undo)) cancel(turn, key, reason);
  for (const [id, task] of turn.workflow.tasks) if (!task.definition.always) stopTask(turn, id, reason);
  if (stood) for (const key of [...turn.state.active]) goOn(turn, key);
  wakeAll(turn);
}

function stopTask(turn: Turn, id: string, reason: string): void {
  const status = turn.state.tasks.get(id)?.status;
  if (status === 'PENDING') cancel(turn, id, reason);
  else if (status === 'RUNNING' && turn.state.fanOuts.has(id)) closeFanOut(turn, id);
}

/** After a pause, in which timers found nothing to do: what is overdue is tried now, the rest at its time. */
export function goOn(turn: Turn, key: string): void {
  const task = turn.state.tasks.get(key);
  const due = task && dueAgain(task, turn.at);
  if (!task || due === undefined) return;
  if (due <= turn.at) return isBlocked(task) ? lookAgain(turn, key, task) : startUnit(turn, key);
  for (const timer of timersOf(unitOf(turn.workflow, key), task))
    turn.commands.push({ kind: 'setTimer', ...timer });
}

/** When a task that waits for its next attempt is due; undefined for any other. */
function dueAgain(task: TaskState, now: string): string | undefined {
  if (task.status === 'RETRYING') return task.dueAt;
  if (task.status !== 'WAITING') return undefined;
  if (task.wait.for === 'resolution') return now;
  return task.wait.for === 'blocked' ? task.wait.until : undefined;
}

function outlives(turn: Turn, key: string, undo: boolean): boolean {
  const unit = unitOf(turn.workflow, key);
  const task = turn.state.tasks.get(key);
  if (task?.status === 'WAITING' && task.wait.for === 'resolution') return false;
  if (unit.task.definition.always || unit.undo) return true;
  return undo && unit.task.compensate !== undefined && inFlight(task);
}

/** Carries the run forward until it waits for something outside or is terminal. */
export function settle(turn: Turn): void {
  for (let version = -1; version !== turn.state.version;) {
    version = turn.state.version;
    startReady(turn);
    if (isTerminalRun(turn.state.status) || turn.state.status !== 'RUNNING') return;
    if (turn.state.active.size > 0) continue;
    if (turn.state.undo.phase === 'wanted') startCompensation(turn);
    else if (turn.state.undo.phase === 'running') compensateNext(turn);
    else if (turn.state.unfinished === 0) finish(turn);
  }
}

/** Completed effects are undone one by one, the latest first: the reverse of an order that respects every `needs`. */
function startCompensation(turn: Turn): void {
  const completed = turn.state.effects.filter((key) => turn.state.tasks.get(key)?.status === 'COMPLETED');
  emit(turn, { type: 'CompensationStarted', order: completed.reverse() });
  compensateNext(turn);
}

function compensateNext(turn: Turn): void {
  const next = turn.state.undo.left.at(-1);
  if (next === undefined) endCompensation(turn);
  else startUnit(turn, undoKey(next));
}

/** All effects are undone, or one could not be: then the rest stays as it is and the run fails, for a person to see. */
export function endCompensation(turn: Turn, failed?: { task: string; error: ErrorInfo }): void {
  const left = [...turn.state.undo.left];
  const error = failed && compensationFailed(failed.task, failed.error, left);
  emit(turn, { type: 'CompensationEnded', failed: error && { task: failed?.task ?? '', error } });
  wakeAll(turn);
}

const compensationFailed = (task: string, cause: ErrorInfo, left: readonly string[]): ErrorInfo => ({
  code: 'workflow.compensation-failed',
  message: `Undo ${task} by hand, then what came before it: ${cause.message}`,
  retry: 'never',
  details: { task, cause, left },
});

function finish(turn: Turn): void {
  const { fate } = turn.state;
  switch (fate.to) {
    case 'COMPLETED':
      return completeRun(turn);
    case 'FAILED':
      return emit(turn, { type: 'RunFailed', error: fate.error });
    case 'CANCELLED':
      return emit(turn, { type: 'RunCancelled', error: fate.error });
    case 'COMPENSATED':
      return emit(turn, { type: 'RunCompensated', error: fate.error });
  }
}

function completeRun(turn: Turn): void {
  let output: Json = null;
  try {
    if (turn.workflow.outputs) output = render(turn.state, turn.workflow.outputs);
  } catch (error) {
    return emit(turn, { type: 'RunFailed', error: toErrorInfo(error) });
  }
  const error = misfit(turn.workflow.definition.output, output, 'output');
  if (error) return emit(turn, { type: 'RunFailed', error });
  emit(turn, { type: 'RunCompleted', output, failedTasks: turn.state.failed });
}

/** Stops everything at once: nothing is waited for, nothing is undone, no `always` task runs. */
export function terminateRun(turn: Turn, by: Actor, reason: string): void {
  const { state } = turn;
  for (const key of [...state.active]) cancel(turn, key, reason);
  for (const id of turn.workflow.tasks.keys()) if (isOpen(state, id)) cancel(turn, id, reason);
  emit(turn, { type: 'RunTerminated', by, reason });
}

const isOpen = (state: RunState, id: string): boolean =>
  !isTerminalTask(state.tasks.get(id)?.status ?? 'PENDING');

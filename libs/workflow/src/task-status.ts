import type { CompiledWorkflow } from './compile.js';
import { partsOfKey } from './keys.js';
import type { RunState, TaskState } from './state.js';
import { assertTaskTransition, isTerminalTask } from './transitions.js';

export const PENDING: TaskState = { status: 'PENDING' };

/** The only place where a task changes its status; keeps every derived index right. */
export function setTask(workflow: CompiledWorkflow, state: RunState, key: string, next: TaskState): void {
  const before = state.tasks.get(key) ?? PENDING;
  assertTaskTransition(key, before.status, next.status);
  state.tasks.set(key, next);
  const wasTerminal = isTerminalTask(before.status);
  const terminal = isTerminalTask(next.status);
  if (terminal) state.active.delete(key);
  else if (!state.fanOuts.has(key)) state.active.add(key);
  const task = workflow.tasks.get(key);
  if (!task) countElement(state, key, before, next);
  else if (terminal && !wasTerminal) {
    state.unfinished -= 1;
    if (next.status === 'FAILED') state.failed += 1;
    for (const dependent of task.dependents)
      state.waitingFor.set(dependent, (state.waitingFor.get(dependent) ?? 0) - 1);
  }
}

function countElement(state: RunState, key: string, before: TaskState, next: TaskState): void {
  const { id, index, undo } = partsOfKey(key);
  const fan = state.fanOuts.get(id);
  if (undo || index === undefined || !fan) return;
  if (before.status === 'PENDING') {
    fan.next = Math.max(fan.next, index + 1);
    fan.active += 1;
  }
  if (isTerminalTask(next.status) && !isTerminalTask(before.status)) {
    fan.active -= 1;
    fan.done += 1;
    if (next.status === 'FAILED') fan.failed += 1;
    if (next.status === 'CANCELLED') fan.cancelled += 1;
  }
}

/** Attempt and counted failures of a task so far. */
export function triedOf(state: RunState, key: string): { attempt: number; failures: number } {
  const task = state.tasks.get(key) ?? PENDING;
  return task.status === 'PENDING'
    ? { attempt: 0, failures: 0 }
    : { attempt: task.attempt, failures: task.failures };
}

export const failuresOf = (state: RunState, key: string): number => triedOf(state, key).failures;

/** Since when a task is blocked, carried through the attempts in between. */
export function blockedBefore(state: RunState, key: string): { blockedSince?: string } {
  const task = state.tasks.get(key) ?? PENDING;
  const waited = task.status === 'WAITING' && task.wait.for === 'blocked' ? task.wait.since : undefined;
  const since = waited ?? ('blockedSince' in task ? task.blockedSince : undefined);
  return since === undefined ? {} : { blockedSince: since };
}

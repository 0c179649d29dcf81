import type { ErrorInfo } from '@trimtab/kernel';
import { later } from './duration.js';
import type { InputOf } from './inputs.js';
import { timerKey } from './keys.js';
import { cancel, failForGood, isStopping } from './results.js';
import { beginUnit } from './starting.js';
import type { Blocked, TaskState } from './state.js';
import { triedOf } from './task-status.js';
import { emit } from './turn.js';
import type { Violation } from './routing.js';
import type { Turn } from './turn.js';
import { unitOf } from './units.js';

type Waiting = TaskState & { status: 'WAITING' };
type BlockedTask = Waiting & { wait: Blocked };

const FIRST_LOOK_MS = 1_000;
const SHORTEST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;

/** What the task depends on is not there yet: wait for it; that is no failure, and is tried again until `timeout.blocked`. */
export function block(turn: Turn, key: string, on: string, retryInMs: number): void {
  const unit = unitOf(turn.workflow, key);
  if (isStopping(turn, unit)) return cancel(turn, key, 'the run is ending');
  const since = blockedSince(turn, key);
  const giveUp = giveUpAt(turn, key, since);
  const again = later(turn.at, retryInMs);
  const until = giveUp !== undefined && giveUp < again ? giveUp : again;
  const { attempt } = triedOf(turn.state, key);
  emit(turn, { type: 'TaskWaiting', task: key, attempt, wait: { for: 'blocked', on, until, since } });
}

/** Waits for keys that the world is asked about. */
export function waitForKeys(
  turn: Turn,
  key: string,
  missing: readonly string[],
  violation?: Violation,
): void {
  const since = blockedSince(turn, key);
  const { attempt } = triedOf(turn.state, key);
  const wait: Blocked = {
    for: 'blocked',
    on: missing.join(', '),
    until: later(turn.at, FIRST_LOOK_MS),
    missing,
    since,
  };
  emit(turn, { type: 'TaskWaiting', task: key, attempt, wait, ...(violation && { violation }) });
  if (missing.length > 0) turn.commands.push({ kind: 'seek', task: key, keys: missing });
}

/** Nobody can take a queued attempt. */
export function dependencyMissing(
  turn: Turn,
  { task: key, attempt, key: missing }: InputOf<'dependencyMissing'>,
): undefined {
  const task = turn.state.tasks.get(key);
  if (task?.status !== 'QUEUED' || task.attempt !== attempt) return;
  if (isStopping(turn, unitOf(turn.workflow, key))) cancel(turn, key, 'the run is ending');
  else waitForKeys(turn, key, [missing]);
}

/** Whoever is blocked on it goes on; in a paused run it goes on when the run does. */
export function dependencyAppeared(turn: Turn, input: InputOf<'dependencyAppeared'>): undefined {
  for (const key of [...turn.state.active]) appearedFor(turn, key, input.key);
}

/** What a signal names may be what a task is blocked on. */
export function appearedFor(turn: Turn, key: string, appeared: string): void {
  const task = turn.state.tasks.get(key);
  if (!isBlocked(task)) return;
  const { missing, on } = task.wait;
  if (missing === undefined ? on !== appeared : !missing.includes(appeared)) return;
  const left = (missing ?? []).filter((one) => one !== appeared);
  if (left.length > 0) return waitForKeys(turn, key, left);
  if (turn.state.status === 'RUNNING') return beginUnit(turn, key);
  if (missing !== undefined) waitForKeys(turn, key, []);
}

/** Time to look again: ask the world for what is looked for, or the worker again. */
export function lookAgain(turn: Turn, key: string, task: TaskState): void {
  if (!isBlocked(task)) return;
  const { missing, on, since = task.at } = task.wait;
  const giveUp = giveUpAt(turn, key, since);
  if (giveUp !== undefined && giveUp <= turn.at) return failForGood(turn, key, stillMissing(key, on, since));
  if (turn.state.status !== 'RUNNING') return;
  if (missing === undefined || missing.length === 0) return beginUnit(turn, key);
  turn.commands.push({ kind: 'seek', task: key, keys: missing });
  const next = later(turn.at, pauseAfter(Date.parse(turn.at) - Date.parse(since)));
  const dueAt = giveUp !== undefined && giveUp < next ? giveUp : next;
  turn.commands.push({ kind: 'setTimer', key: timerKey('wait', key, task.attempt), dueAt });
}

export const isBlocked = (task: TaskState | undefined): task is BlockedTask =>
  task?.status === 'WAITING' && task.wait.for === 'blocked';

/** The longer it is missing, the less often it is looked for. */
const pauseAfter = (missingMs: number): number =>
  Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.round(missingMs / 4)));

function blockedSince(turn: Turn, key: string): string {
  const task = turn.state.tasks.get(key);
  if (isBlocked(task)) return task.wait.since ?? task.at;
  return (task && 'blockedSince' in task ? task.blockedSince : undefined) ?? turn.at;
}

function giveUpAt(turn: Turn, key: string, since: string): string | undefined {
  const { blocked } = unitOf(turn.workflow, key).timeout;
  return blocked === undefined ? undefined : later(since, blocked);
}

const stillMissing = (key: string, on: string, since: string): ErrorInfo => ({
  code: 'workflow.blocked-timeout',
  message: `${key} waited for ${on} since ${since}: bring it there, then run it again.`,
  retry: 'never',
  details: { on, since },
});

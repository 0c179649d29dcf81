import type { ErrorInfo } from '@trimtab/kernel';
import { appearedFor, isBlocked, lookAgain } from './blocking.js';
import { beginEnding, goOn, terminateRun } from './ending.js';
import type { InputOf, RunInput } from './inputs.js';
import { SKIPPED_BY_PERSON } from './joining.js';
import { failForGood } from './results.js';
import { completeWaiting, grantOf, startUnit, wakeAll } from './starting.js';
import type { Actor, TaskState } from './state.js';
import { isTerminalRun, isTerminalTask } from './transitions.js';
import { emit, wake } from './turn.js';
import type { Turn } from './turn.js';
import { unitOf } from './units.js';

type Refusal = ErrorInfo | undefined;

const refuse = (code: string, message: string, details?: Record<string, unknown>): ErrorInfo => ({
  code: `workflow.${code}`,
  message,
  retry: 'never',
  details,
});

/** Grants or rejects an approval. Exactly one decision wins; others are told who won. */
export function decideApproval(turn: Turn, input: InputOf<'decision'>): Refusal {
  const late = decided(turn, input.task);
  if (late) return late;
  const task = turn.state.tasks.get(input.task);
  if (task?.status !== 'WAITING' || task.wait.for !== 'approval') {
    return refuse(
      'approval-not-open',
      `${input.task} does not wait for an approval: look at the run's state.`,
    );
  }
  if (task.wait.digest !== input.digest) {
    return refuse(
      'approval-digest',
      `What was to be approved is not this any more: review ${task.wait.digest}.`,
      {
        expected: task.wait.digest,
      },
    );
  }
  const { by, comment, digest } = input;
  if (input.granted && isOwn(turn, input))
    return refuse('self-approval', `${by.id} started this run: somebody else must approve ${input.task}.`);
  emit(turn, {
    type: input.granted ? 'ApprovalGranted' : 'ApprovalRejected',
    task: input.task,
    by,
    digest,
    comment,
  });
  if (input.granted) completeWaiting(turn, input.task, grantOf(by, digest, turn.at));
  else
    failForGood(
      turn,
      input.task,
      refuse('approval-rejected', `${by.id} rejected ${input.task}.`, { by, comment }),
    );
  return undefined;
}

/** Whether it is the decision of who started the run, where the definition wants somebody else's. */
function isOwn({ workflow, state }: Turn, { task, by }: InputOf<'decision'>): boolean {
  const { approval } = unitOf(workflow, task).task.definition;
  return approval?.selfApproval === 'refuse' && by.id === state.by.id;
}

/** Wakes who waits for this signal or is blocked on what it names; otherwise it is kept for who will. */
export function receiveSignal(turn: Turn, input: InputOf<'signal'>): Refusal {
  const { id, name, payload, by } = input;
  if (turn.state.signals.some((signal) => signal.id === id)) return undefined;
  const active = [...turn.state.active];
  const waiting = active.find((key) => waitsForSignal(turn.state.tasks.get(key), name));
  emit(turn, { type: 'SignalReceived', name, id, payload, by, task: waiting });
  if (waiting !== undefined) completeWaiting(turn, waiting, payload);
  for (const key of active) for (const appeared of [name, `signal:${name}`]) appearedFor(turn, key, appeared);
  return undefined;
}

const waitsForSignal = (task: TaskState | undefined, name: string): boolean =>
  task?.status === 'WAITING' && task.wait.for === 'signal' && task.wait.name === name;

export function cancelRun(turn: Turn, input: InputOf<'cancel'>): Refusal {
  if (turn.state.ending) return alreadyEnding(turn);
  const undo = input.undo ?? false;
  const error = refuse('cancelled', `${input.by.id} cancelled the run: ${input.reason}`, { by: input.by });
  beginEnding(turn, { to: undo ? 'COMPENSATED' : 'CANCELLED', error }, input.by, undo);
  return undefined;
}

export function pauseRun(turn: Turn, by: Actor): Refusal {
  if (turn.state.ending) return alreadyEnding(turn);
  if (turn.state.status !== 'RUNNING')
    return refuse('not-running', `The run is ${turn.state.status}: only a running one can be paused.`);
  emit(turn, { type: 'RunPaused', by });
  return undefined;
}

/** Goes on: failed tasks that suspended the run are tried again, overdue retries are queued. */
export function resumeRun(turn: Turn, by: Actor): Refusal {
  const { state } = turn;
  if (state.status !== 'PAUSED' && state.status !== 'SUSPENDED') {
    return refuse('not-paused', `The run is ${state.status}: only a paused or suspended one can be resumed.`);
  }
  emit(turn, { type: 'RunResumed', by });
  for (const key of [...state.active]) goOn(turn, key);
  wakeAll(turn);
  for (const id of state.fanOuts.keys()) turn.ready.push(id);
  return undefined;
}

export function terminate(turn: Turn, input: InputOf<'terminate'>): Refusal {
  terminateRun(turn, input.by, input.reason);
  return undefined;
}

/** Queues at once what waits for its next attempt; a suspended run goes on. */
export function retryNow(turn: Turn, input: InputOf<'retryNow'>): Refusal {
  const task = turn.state.tasks.get(input.task);
  const waits = task?.status === 'WAITING' && (task.wait.for === 'resolution' || task.wait.for === 'blocked');
  if (task?.status !== 'RETRYING' && !waits) {
    return refuse(
      'nothing-to-retry',
      `${input.task} is ${task?.status ?? 'unknown'}: only what waits for its next attempt can be retried.`,
    );
  }
  if (isBlocked(task)) lookAgain(turn, input.task, task);
  else startUnit(turn, input.task);
  resumeWhenResolved(turn, input.by);
  return undefined;
}

/** A person decides to go on without a task; its dependents run. Approvals cannot be gone around this way. */
export function skipTask(turn: Turn, input: InputOf<'skipTask'>): Refusal {
  const { state, workflow } = turn;
  const status = state.tasks.get(input.task)?.status;
  if (!status || isTerminalTask(status) || input.task.includes('~')) {
    return refuse(
      'not-skippable',
      `${input.task} is ${status ?? 'unknown'}: only a task that is not finished can be skipped.`,
    );
  }
  const unit = unitOf(workflow, input.task);
  if (unit.uses === 'approval')
    return refuse('not-skippable', `Decide ${input.task} instead: an approval cannot be skipped.`);
  if (state.fanOuts.has(input.task))
    return refuse('not-skippable', `Skip the items of ${input.task}, or cancel the run.`);
  emit(turn, { type: 'TaskSkipped', task: input.task, reason: SKIPPED_BY_PERSON, by: input.by });
  if (unit.element) turn.ready.push(unit.task.id);
  else wake(turn, input.task);
  resumeWhenResolved(turn, input.by);
  return undefined;
}

function resumeWhenResolved(turn: Turn, by: Actor): void {
  if (turn.state.status !== 'SUSPENDED') return;
  const open = [...turn.state.active].some((key) => {
    const task = turn.state.tasks.get(key);
    return task?.status === 'WAITING' && task.wait.for === 'resolution';
  });
  if (open) return;
  resumeRun(turn, by);
}

function alreadyEnding(turn: Turn): ErrorInfo {
  return refuse('already-ending', `The run is already being stopped and will be ${turn.state.fate.to}.`);
}

function decided(turn: Turn, task: string): Refusal {
  const won = turn.state.decisions.get(task);
  if (!won) return undefined;
  const how = won.granted ? 'granted' : 'rejected';
  return refuse('approval-decided', `${task} was ${how} by ${won.by.id} at ${won.at}.`, { ...won });
}

/** Any command to a run that has ended; a late decision is told who won. */
export function endedRefusal(turn: Turn, input: RunInput): Refusal {
  const late = input.kind === 'decision' ? decided(turn, input.task) : undefined;
  if (late) return late;
  const { status, runId, endedAt } = turn.state;
  return isTerminalRun(status)
    ? refuse('run-ended', `Run ${runId} is ${status} since ${endedAt}.`, { status })
    : undefined;
}

import type { Json } from '@trimtab/kernel';
import { withAdaptation } from './adapting.js';
import { initialState } from './initial-state.js';
import { placeOf } from './place.js';
import type { CompiledWorkflow } from './compile.js';
import { WorkflowError } from './errors.js';
import type { EventOf, RunEvent } from './events.js';
import { partsOfKey } from './keys.js';
import type { RunState } from './state.js';
import { blockedBefore, failuresOf, setTask, triedOf } from './task-status.js';
import { assertRunTransition } from './transitions.js';
import type { RunStatus } from './transitions.js';

/**
 * Applies one event. The state belongs to its owner alone and is changed in place, in time that does not grow with
 * the run (RunStarted makes a new one). Replaying the same events always gives an equal state.
 * Throws `workflow.illegal-transition` when the history is damaged.
 */
export function evolve(workflow: CompiledWorkflow, state: RunState | undefined, event: RunEvent): RunState {
  if (event.type === 'RunStarted') return initialState(workflow, event);
  if (!state)
    throw new WorkflowError(
      'workflow.not-started',
      `The first event of a run is RunStarted, not ${event.type}.`,
    );
  state.version += 1;
  apply(workflow, state, event);
  return state;
}

type Later = Exclude<RunEvent, { type: 'RunStarted' }>;

// One line per event: the length of the switch is the length of the language.
// eslint-disable-next-line complexity, max-lines-per-function
function apply(workflow: CompiledWorkflow, state: RunState, event: Later): void {
  const { at } = event;
  switch (event.type) {
    case 'RunPaused':
      return setRun(state, 'PAUSED');
    case 'RunResumed':
      return setRun(state, 'RUNNING');
    case 'RunSuspended':
      return setRun(state, 'SUSPENDED');
    case 'RunAdapted':
      state.adapted = withAdaptation(state.adapted, event);
      return;
    case 'RunEnding':
      return beginEnding(state, event);
    case 'RunCompleted':
      return endRun(state, 'COMPLETED', at, event.output);
    case 'RunFailed':
      return endRun(state, 'FAILED', at);
    case 'RunCancelled':
      return endRun(state, 'CANCELLED', at);
    case 'RunTerminated':
      return endRun(state, 'TERMINATED', at);
    case 'RunRestarted':
      return;
    case 'RunCompensated':
      return endRun(state, 'COMPENSATED', at);
    case 'CompensationStarted':
      state.undo = { phase: 'running', left: [...event.order].reverse() };
      return;
    case 'CompensationEnded':
      return endCompensation(state, event);
    case 'FanOutStarted':
      state.fanOuts.set(event.task, {
        items: event.items,
        next: 0,
        active: 0,
        done: 0,
        failed: 0,
        cancelled: 0,
      });
      return setTask(workflow, state, event.task, {
        status: 'RUNNING',
        attempt: 0,
        failures: 0,
        at,
        pool: '',
        claim: 0,
      });
    case 'TaskQueued':
      return setTask(workflow, state, event.task, {
        status: 'QUEUED',
        attempt: event.attempt,
        failures: failuresOf(state, event.task),
        at,
        pool: event.pool,
        ...blockedBefore(state, event.task),
      });
    case 'TaskStarted':
      return setTask(workflow, state, event.task, {
        ...triedOf(state, event.task),
        status: 'RUNNING',
        at,
        ...(placeOf(state.tasks.get(event.task)) ?? { pool: 'default' }),
        claim: event.claim,
        ...blockedBefore(state, event.task),
      });
    case 'TaskWaiting':
      return setTask(workflow, state, event.task, {
        status: 'WAITING',
        attempt: event.attempt,
        failures: event.wait.for === 'resolution' ? 0 : failuresOf(state, event.task),
        at,
        wait: event.wait,
      });
    case 'TaskRetrying':
      return setTask(workflow, state, event.task, {
        status: 'RETRYING',
        attempt: event.attempt,
        failures: failuresOf(state, event.task) + 1,
        at,
        error: event.error,
        dueAt: event.dueAt,
        ...placeOf(state.tasks.get(event.task)),
      });
    case 'TaskCompleted':
      return completeTask(workflow, state, event);
    case 'TaskFailed':
      return failTask(workflow, state, event);
    case 'TaskSkipped':
      return setTask(workflow, state, event.task, {
        ...triedOf(state, event.task),
        status: 'SKIPPED',
        at,
        reason: event.reason,
      });
    case 'TaskCancelled':
      return setTask(workflow, state, event.task, {
        ...triedOf(state, event.task),
        status: 'CANCELLED',
        at,
        reason: event.reason,
      });
    case 'TaskCompensated':
      return compensateTask(workflow, state, event);
    case 'ApprovalGranted':
    case 'ApprovalRejected':
      state.decisions.set(event.task, { granted: event.type === 'ApprovalGranted', by: event.by, at });
      return;
    case 'SignalReceived':
      return receiveSignal(state, event);
  }
}

function setRun(state: RunState, to: RunStatus): void {
  assertRunTransition(state.runId, state.status, to);
  state.status = to;
}

function beginEnding(state: RunState, event: EventOf<'RunEnding'>): void {
  if (state.status !== 'RUNNING') setRun(state, 'RUNNING');
  state.fate = event.fate;
  state.ending = true;
  if (event.undo) state.undo = { phase: 'wanted', left: [] };
}

function endRun(state: RunState, to: RunStatus, at: string, output: Json = null): void {
  setRun(state, to);
  state.output = output;
  state.endedAt = at;
}

function endCompensation(state: RunState, event: EventOf<'CompensationEnded'>): void {
  state.undo = { phase: 'done', left: event.failed ? state.undo.left : [] };
  if (event.failed) state.fate = { to: 'FAILED', error: event.failed.error };
}

function completeTask(workflow: CompiledWorkflow, state: RunState, event: EventOf<'TaskCompleted'>): void {
  const { task: key, at, attempt, output } = event;
  setTask(workflow, state, key, {
    status: 'COMPLETED',
    attempt,
    failures: failuresOf(state, key),
    at,
    output,
  });
  const { id, undo } = partsOfKey(key);
  if (!undo && !state.fanOuts.has(key) && workflow.tasks.get(id)?.compensate) state.effects.push(key);
}

function failTask(workflow: CompiledWorkflow, state: RunState, event: EventOf<'TaskFailed'>): void {
  const { task: key, at, attempt, error } = event;
  setTask(workflow, state, key, {
    status: 'FAILED',
    attempt,
    failures: failuresOf(state, key) + 1,
    at,
    error,
  });
  const task = workflow.tasks.get(key);
  if (task && !task.tolerated && state.fate.to === 'COMPLETED') state.fate = { to: 'FAILED', error };
}

function compensateTask(
  workflow: CompiledWorkflow,
  state: RunState,
  event: EventOf<'TaskCompensated'>,
): void {
  const output = state.tasks.get(event.task);
  setTask(workflow, state, event.task, {
    ...triedOf(state, event.task),
    status: 'COMPENSATED',
    at: event.at,
    output: output?.status === 'COMPLETED' ? output.output : null,
  });
  state.undo.left.pop();
}

function receiveSignal(state: RunState, event: EventOf<'SignalReceived'>): void {
  const known = state.signals.find((signal) => signal.id === event.id);
  if (known) known.used = event.task !== undefined;
  else
    state.signals.push({
      name: event.name,
      id: event.id,
      payload: event.payload,
      used: event.task !== undefined,
    });
}

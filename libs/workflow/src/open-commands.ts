import type { Json } from '@trimtab/kernel';
import type { Command, SendTask } from './commands.js';
import type { CompiledWorkflow } from './compile.js';
import { later } from './duration.js';
import type { RunEvent } from './events.js';
import { RUN_TIMER } from './keys.js';
import type { RunState, TaskState } from './state.js';
import { isTerminalRun } from './transitions.js';
import { deadlineOf, inFlight, timerKeysOf, timersOf, unitOf } from './units.js';
import { inputOf } from './variables.js';

/**
 * What follows from one event. `before` is the state of the event's task before it, `state` the run's state after it,
 * `input` the task's input when the caller has it already.
 */
export function commandsOf(
  workflow: CompiledWorkflow,
  state: RunState,
  event: RunEvent,
  before?: TaskState,
  input?: Json,
): Command[] {
  if (event.type === 'RunStarted') return runTimer(workflow, state);
  if (isTerminalRun(state.status)) return [{ kind: 'clearTimer', key: RUN_TIMER }];
  if (!('task' in event) || event.task === undefined || event.type === 'FanOutStarted') return [];
  const after = state.tasks.get(event.task);
  if (!after || after === before || state.fanOuts.has(event.task)) return [];
  const commands = timerCommands(workflow, event.task, before, after);
  commands.push(...sendCommands(workflow, state, event.task, before, input));
  return commands;
}

/**
 * Everything an open run waits for from outside, derived from its state: what recovery and the sweeper send again.
 * Takes time in proportion to what is in flight.
 */
export function openCommands(workflow: CompiledWorkflow, state: RunState): Command[] {
  if (isTerminalRun(state.status)) return [];
  const commands = runTimer(workflow, state);
  for (const key of state.active) {
    const task = state.tasks.get(key);
    if (!task) continue;
    for (const timer of timersOf(unitOf(workflow, key), task)) commands.push({ kind: 'setTimer', ...timer });
    commands.push(...sendCommands(workflow, state, key));
  }
  return commands;
}

/** The command of an attempt that is in flight, made again for a re-send; undefined when it is not in flight any more. */
export function sendOf(workflow: CompiledWorkflow, state: RunState, key: string): SendTask | undefined {
  const task = state.tasks.get(key);
  return inFlight(task) && !state.fanOuts.has(key)
    ? sendTask(workflow, state, key, task, undefined)
    : undefined;
}

function runTimer(workflow: CompiledWorkflow, state: RunState): Command[] {
  const { timeout } = workflow.definition;
  return timeout === undefined
    ? []
    : [{ kind: 'setTimer', key: RUN_TIMER, dueAt: later(state.startedAt, timeout) }];
}

function timerCommands(
  workflow: CompiledWorkflow,
  key: string,
  before: TaskState | undefined,
  after: TaskState,
): Command[] {
  const unit = unitOf(workflow, key);
  const set = timersOf(unit, after);
  const commands: Command[] = [];
  for (const key of before ? timerKeysOf(unit, before) : [])
    if (!set.some((timer) => timer.key === key)) commands.push({ kind: 'clearTimer', key });
  for (const { key, dueAt } of set) commands.push({ kind: 'setTimer', key, dueAt });
  return commands;
}

function sendCommands(
  workflow: CompiledWorkflow,
  state: RunState,
  key: string,
  before?: TaskState,
  input?: Json,
): Command[] {
  const task = state.tasks.get(key);
  if (inFlight(task))
    return before && task.status === 'RUNNING' ? [] : [sendTask(workflow, state, key, task, input)];
  if (task?.status === 'WAITING') return waitCommands(workflow, state, key, task, input);
  return task && inFlight(before) ? cancelCommands(workflow, key, before, task) : [];
}

/** A worker may still have an attempt that was skipped or cancelled. */
function cancelCommands(
  workflow: CompiledWorkflow,
  key: string,
  before: TaskState & { attempt: number },
  task: TaskState,
): Command[] {
  if (task.status !== 'SKIPPED' && task.status !== 'CANCELLED') return [];
  return [{ kind: 'cancelTask', task: key, attempt: before.attempt, uses: unitOf(workflow, key).uses }];
}

function waitCommands(
  workflow: CompiledWorkflow,
  state: RunState,
  key: string,
  task: TaskState & { status: 'WAITING' },
  input?: Json,
): Command[] {
  if (task.wait.for !== 'child') return [];
  return [startChild(task.wait.child, key, task.attempt, input ?? inputOf(workflow, state, key))];
}

function sendTask(
  workflow: CompiledWorkflow,
  state: RunState,
  key: string,
  task: TaskState & { status: 'QUEUED' | 'RUNNING' },
  input: Json | undefined,
): SendTask {
  const unit = unitOf(workflow, key);
  return {
    kind: 'sendTask',
    task: key,
    attempt: task.attempt,
    uses: unit.uses,
    pool: task.pool,
    input: input ?? inputOf(workflow, state, key),
    deadline: deadlineOf(unit, task.at),
    heartbeatMs: unit.timeout.heartbeat,
  };
}

function startChild(child: string, task: string, attempt: number, input: Json): Command {
  const fields = (input ?? {}) as { name?: string; version?: string; input?: Json };
  return {
    kind: 'startChild',
    task,
    attempt,
    child,
    workflow: String(fields.name),
    version: fields.version,
    input: fields.input ?? {},
  };
}

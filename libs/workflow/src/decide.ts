import { toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import { dependencyAppeared, dependencyMissing } from './blocking.js';
import type { Decision } from './commands.js';
import { nothing } from './commands.js';
import { adapt } from './adapting.js';
import { reroute } from './routing.js';
import type { CompiledWorkflow } from './compile.js';
import { beginEnding, settle } from './ending.js';
import { evolve } from './evolve.js';
import type { DecideEnv, InputOf, RunInput, RunInputKind } from './inputs.js';
import { commandsOf } from './open-commands.js';
import { misfit } from './json-schema.js';
import { comesNear, DEFAULT_LIMITS, passed } from './limits.js';
import * as people from './people.js';
import { taskResult, taskStarted } from './results.js';
import { fromSnapshot, snapshotOf } from './snapshot.js';
import { wakeAll } from './starting.js';
import { emit } from './turn.js';
import type { RunState } from './state.js';
import { isTerminalRun } from './transitions.js';
import { timerFired } from './timing.js';
import type { Turn } from './turn.js';

/** A decision together with the state that already includes its events. */
export interface Advance extends Decision {
  readonly state: RunState | undefined;
}

/**
 * Decides on an input and applies the decision to `state`, which the caller owns and must not use otherwise. Takes time
 * in proportion to what changes. If the events cannot be stored, the caller discards the state and loads it again.
 */
export function advance(
  workflow: CompiledWorkflow,
  state: RunState | undefined,
  input: RunInput,
  env: DecideEnv,
): Advance {
  if (input.kind === 'start') return state ? { ...nothing, state } : start(workflow, input, env);
  if (!state) return { ...nothing, state, refusal: unknownRun };
  const turn = newTurn(workflow, state, input.at, env);
  if (isTerminalRun(state.status))
    return { ...nothing, state, refusal: isCommand(input) ? people.endedRefusal(turn, input) : undefined };
  const { version } = state;
  const refusal = handle(turn, input);
  if (refusal === undefined) settle(turn);
  boundHistory(turn, version);
  const { events, commands, warnings } = turn;
  return { state, events, commands, refusal, warnings };
}

/** The same decision without touching `state`: a convenience for specs and previews, in time proportional to the state. */
export function decide(
  workflow: CompiledWorkflow,
  state: RunState | undefined,
  input: RunInput,
  env: DecideEnv,
): Decision {
  const { events, commands, refusal, warnings } = advance(
    workflow,
    state && fromSnapshot(workflow, snapshotOf(state)),
    input,
    env,
  );
  return { events, commands, refusal, warnings };
}

type Handlers = {
  readonly [K in Exclude<RunInputKind, 'start'>]: (turn: Turn, input: InputOf<K>) => ErrorInfo | undefined;
};

/** One line a kind: what an input asks of a run that has not ended. */
const handlers: Handlers = {
  taskStarted,
  taskResult,
  timerFired,
  decision: people.decideApproval,
  signal: people.receiveSignal,
  cancel: people.cancelRun,
  pause: (turn, { by }) => people.pauseRun(turn, by),
  resume: (turn, { by }) => people.resumeRun(turn, by),
  terminate: people.terminate,
  retryNow: people.retryNow,
  skipTask: people.skipTask,
  reroute,
  adapt,
  wake: wakeAgain,
  dependencyAppeared,
  dependencyMissing,
};

function wakeAgain(turn: Turn): undefined {
  wakeAll(turn);
  for (const id of turn.state.fanOuts.keys()) turn.ready.push(id);
}

function handle(turn: Turn, input: Exclude<RunInput, { kind: 'start' }>): ErrorInfo | undefined {
  const handler = handlers[input.kind] as (turn: Turn, input: RunInput) => ErrorInfo | undefined;
  return handler(turn, input);
}

/** A history that grows for ever would make every load slower: the run is stopped while `always` tasks still run. */
function boundHistory(turn: Turn, before: number): void {
  const { state, env } = turn;
  const { events } = env.limits ?? DEFAULT_LIMITS;
  if (comesNear(before, state.version, events))
    turn.warnings.push({ limit: 'events', is: state.version, of: events });
  if (state.version <= events || state.ending || isTerminalRun(state.status)) return;
  const error = toErrorInfo(passed('events', state.version, events));
  beginEnding(turn, { to: 'FAILED', error }, { kind: 'system', id: 'limits' }, false);
  settle(turn);
}

const INTERNAL = new Set<RunInputKind>([
  'taskStarted',
  'taskResult',
  'timerFired',
  'wake',
  'dependencyAppeared',
  'dependencyMissing',
  'reroute',
  'adapt',
]);
const isCommand = (input: RunInput): boolean => !INTERNAL.has(input.kind);

const unknownRun: ErrorInfo = {
  code: 'workflow.unknown-run',
  message: 'There is no such run: check its id.',
  retry: 'never',
};

function start(workflow: CompiledWorkflow, input: InputOf<'start'>, env: DecideEnv): Advance {
  const refusal = tooLarge(workflow, env) ?? misfit(workflow.definition.input, input.input, 'input');
  if (refusal) return { ...nothing, state: undefined, refusal };
  const { at, runId, by, parent, restart } = input;
  const event = {
    type: 'RunStarted',
    at,
    runId,
    workflow: input.workflow,
    input: input.input,
    by,
    parent,
    restart,
  } as const;
  const state = evolve(workflow, undefined, event);
  const turn = newTurn(workflow, state, at, env);
  turn.events.push(event);
  turn.commands.push(...commandsOf(workflow, state, event));
  const { tasks } = env.limits ?? DEFAULT_LIMITS;
  if (comesNear(0, workflow.tasks.size, tasks))
    turn.warnings.push({ limit: 'tasks', is: workflow.tasks.size, of: tasks });
  for (const event of input.carry ?? []) emit(turn, { ...event });
  wakeAll(turn);
  settle(turn);
  const { events, commands, warnings } = turn;
  return { state, events, commands, warnings };
}

function tooLarge(
  { tasks }: CompiledWorkflow,
  { limits = DEFAULT_LIMITS }: DecideEnv,
): ErrorInfo | undefined {
  return tasks.size > limits.tasks ? toErrorInfo(passed('tasks', tasks.size, limits.tasks)) : undefined;
}

const newTurn = (workflow: CompiledWorkflow, state: RunState, at: string, env: DecideEnv): Turn => ({
  workflow,
  state,
  at,
  env,
  events: [],
  commands: [],
  warnings: [],
  ready: [],
});

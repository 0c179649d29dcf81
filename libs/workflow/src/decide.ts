import type { ErrorInfo, Json } from '@trimtab/kernel';
import { z } from 'zod';
import type { Decision } from './commands.js';
import { nothing } from './commands.js';
import type { CompiledWorkflow } from './compile.js';
import { settle } from './ending.js';
import { WorkflowError } from './errors.js';
import { evolve } from './evolve.js';
import type { DecideEnv, InputOf, RunInput, RunInputKind } from './inputs.js';
import { commandsOf } from './open-commands.js';
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
    return { ...nothing, state, refusal: isCommand(input) ? people.endedRefusal(turn) : undefined };
  const refusal = handle(turn, input);
  if (refusal === undefined) settle(turn);
  return { state, events: turn.events, commands: turn.commands, refusal };
}

/** The same decision without touching `state`: a convenience for specs and previews, in time proportional to the state. */
export function decide(
  workflow: CompiledWorkflow,
  state: RunState | undefined,
  input: RunInput,
  env: DecideEnv,
): Decision {
  const { events, commands, refusal } = advance(
    workflow,
    state && fromSnapshot(workflow, snapshotOf(state)),
    input,
    env,
  );
  return { events, commands, refusal };
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
  wake: wakeAgain,
};

function wakeAgain(turn: Turn): undefined {
  wakeAll(turn);
  for (const id of turn.state.fanOuts.keys()) turn.ready.push(id);
}

function handle(turn: Turn, input: Exclude<RunInput, { kind: 'start' }>): ErrorInfo | undefined {
  const handler = handlers[input.kind] as (turn: Turn, input: RunInput) => ErrorInfo | undefined;
  return handler(turn, input);
}

const INTERNAL = new Set<RunInputKind>(['taskStarted', 'taskResult', 'timerFired', 'wake']);
const isCommand = (input: RunInput): boolean => !INTERNAL.has(input.kind);

const unknownRun: ErrorInfo = {
  code: 'workflow.unknown-run',
  message: 'There is no such run: check its id.',
  retry: 'never',
};

function start(workflow: CompiledWorkflow, input: InputOf<'start'>, env: DecideEnv): Advance {
  const refusal = inputProblem(workflow, input.input);
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
  for (const event of input.carry ?? []) emit(turn, event);
  wakeAll(turn);
  settle(turn);
  return { state, events: turn.events, commands: turn.commands };
}

const newTurn = (workflow: CompiledWorkflow, state: RunState, at: string, env: DecideEnv): Turn => ({
  workflow,
  state,
  at,
  env,
  events: [],
  commands: [],
  ready: [],
});

const inputSchemas = new WeakMap<CompiledWorkflow, z.ZodType>();

function inputProblem(workflow: CompiledWorkflow, input: Json): ErrorInfo | undefined {
  const schema = workflow.definition.input;
  if (!schema) return undefined;
  const parsed = (inputSchemas.get(workflow) ?? compileSchema(workflow)).safeParse(input);
  if (parsed.success) return undefined;
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  const text = problems.map(({ path, message }) => `${path || 'input'}: ${message}`).join('; ');
  return {
    code: 'workflow.invalid-input',
    message: `Correct the run's input: ${text}`,
    retry: 'never',
    details: { problems },
  };
}

function compileSchema(workflow: CompiledWorkflow): z.ZodType {
  try {
    const schema = z.fromJSONSchema(workflow.definition.input as Parameters<typeof z.fromJSONSchema>[0]);
    inputSchemas.set(workflow, schema);
    return schema;
  } catch (cause) {
    throw new WorkflowError('workflow.bad-input-schema', 'Correct the JSON Schema of the input.', { cause });
  }
}

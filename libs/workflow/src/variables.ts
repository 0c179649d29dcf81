import type { Json } from '@trimtab/kernel';
import { branchOf } from './adapting.js';
import type { CompiledWorkflow } from './compile.js';
import type { CompiledExpression, Reads, Variables } from './expressions.js';
import { itemKey, partsOfKey } from './keys.js';
import type { FanOut, RunState } from './state.js';
import type { CompiledTemplate } from './templates.js';
import { isTerminalTask } from './transitions.js';

/** Collected outputs of fan-outs that are over: put together once, for all that read them. */
const collected = new WeakMap<FanOut, Json>();

/** The output of a task: of a fan-out the list in order, with null for elements without one; null before it completed. */
export function outputOf(state: RunState, id: string): Json {
  const fan = state.fanOuts.get(id);
  if (!fan) return ownOutput(state, id);
  const known = collected.get(fan);
  if (known !== undefined) return known;
  const outputs = fan.items.map((_, index) => ownOutput(state, itemKey(id, index)));
  if (isTerminalTask(state.tasks.get(id)?.status ?? 'PENDING')) collected.set(fan, outputs);
  return outputs;
}

function ownOutput(state: RunState, key: string): Json {
  const task = state.tasks.get(key);
  return task?.status === 'COMPLETED' || task?.status === 'COMPENSATED' ? task.output : null;
}

/** What an expression of the task `key` may read; only the tasks it names are put together. */
export function variablesFor(
  state: RunState,
  { tasks, variables: read }: Reads,
  key?: string,
  output?: Json,
): Variables {
  const variables: { -readonly [name in keyof Variables]: unknown } = { input: state.input };
  if (read.includes('run')) variables.run = runVariable(state);
  if (tasks.length > 0) variables.tasks = taskVariables(state, tasks);
  const index = key === undefined ? undefined : partsOfKey(key).index;
  if (key !== undefined && index !== undefined) {
    variables.item = state.fanOuts.get(partsOfKey(key).id)?.items[index] ?? null;
    variables.index = index;
  }
  if (output !== undefined) variables.output = output;
  if (read.includes('failures')) variables.failures = failuresOf(state);
  return variables;
}

const runVariable = (state: RunState): Record<string, unknown> => ({
  id: state.runId,
  workflow: state.workflow.name,
  startedAt: state.startedAt,
  by: state.by,
  branch: branchOf(state),
});

function taskVariables(state: RunState, ids: readonly string[]): Record<string, unknown> {
  const tasks: Record<string, unknown> = {};
  for (const id of ids) tasks[id] = taskVariable(state, id);
  return tasks;
}

function taskVariable(state: RunState, id: string): Record<string, unknown> {
  const task = state.tasks.get(id);
  const error = task?.status === 'FAILED' ? task.error : null;
  return { status: task?.status ?? 'PENDING', output: outputOf(state, id), error };
}

/** Tasks that failed, elements of fan-outs too: `[{ task, code, message }]`. */
function failuresOf(state: RunState): Json {
  return [...state.tasks].flatMap(([task, found]) =>
    found.status === 'FAILED' ? [{ task, code: found.error.code, message: found.error.message }] : [],
  );
}

export const evaluate = (state: RunState, expression: CompiledExpression, key?: string): Json =>
  expression.evaluate(variablesFor(state, expression, key));

export function render(state: RunState, template: CompiledTemplate, key?: string, output?: Json): Json {
  if (template.expressions.length === 0) return template.render({});
  return template.render(variablesFor(state, template, key, output));
}

/** The input of a task's command, evaluated from the pinned definition and the run's state. Throws `workflow.expression-failed`. */
export function inputOf(workflow: CompiledWorkflow, state: RunState, key: string): Json {
  const { id, undo } = partsOfKey(key);
  const task = workflow.tasks.get(id);
  if (!task) return null;
  if (!undo) return render(state, task.with, key);
  const base = key.slice(0, -'~undo'.length);
  return task.compensate ? render(state, task.compensate.with, base, ownOutput(state, base)) : null;
}

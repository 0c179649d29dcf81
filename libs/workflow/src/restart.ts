import type { CompiledWorkflow } from './compile.js';
import { taskOf } from './compile.js';
import type { CarriedEvent } from './events.js';
import { inOrder } from './graph.js';
import { itemKey } from './keys.js';
import type { FanOut, RunState, TaskState } from './state.js';

export interface RestartOptions {
  /** The task from which everything is done again; without it nothing is carried over. */
  readonly from?: string;
  /** The new run has another input than the old one. */
  readonly edited?: boolean;
}

/**
 * What a new run takes over from a run that has ended: tasks that completed or were skipped and that nothing makes
 * again, in an order that respects `needs`. Made again are `from`, what did not complete, what was undone, `always` tasks and
 * whatever needs one of them. An approval is asked for again when a task that needs it is made again, or when the input
 * is another one: a grant is for what was shown.
 * Throws `workflow.unknown-task`.
 */
export function carryOver(
  workflow: CompiledWorkflow,
  state: RunState,
  { from, edited = false }: RestartOptions,
): CarriedEvent[] {
  if (from === undefined) return [];
  taskOf(workflow, from);
  const again = madeAgain(workflow, state, from, edited);
  return inOrder(workflow.definition.tasks)
    .filter((id) => !again.has(id))
    .flatMap((id) => carried(state, id));
}

function madeAgain(workflow: CompiledWorkflow, state: RunState, from: string, edited: boolean): Set<string> {
  const again = new Set<string>();
  const open = [from];
  for (const [id, { definition }] of workflow.tasks) {
    const asked = definition.uses === 'approval' && edited;
    if (definition.always || asked || !mayCarry(state, id)) open.push(id);
  }
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (again.has(id)) continue;
    again.add(id);
    const { dependents, definition } = taskOf(workflow, id);
    open.push(...dependents);
    open.push(...definition.needs.filter((need) => taskOf(workflow, need).definition.uses === 'approval'));
  }
  return again;
}

function mayCarry(state: RunState, id: string): boolean {
  const status = state.tasks.get(id)?.status;
  const fan = state.fanOuts.get(id);
  if (status === 'SKIPPED') return true;
  if (status !== 'COMPLETED') return false;
  return !fan?.items.some((_, index) => state.tasks.get(itemKey(id, index))?.status === 'COMPENSATED');
}

function carried(state: RunState, id: string): CarriedEvent[] {
  const fan = state.fanOuts.get(id);
  const own = carriedTask(id, state.tasks.get(id));
  return fan ? [...carriedItems(state, id, fan), ...own] : own;
}

function carriedItems(state: RunState, id: string, { items }: FanOut): CarriedEvent[] {
  const elements = items.flatMap((_, index) => {
    const key = itemKey(id, index);
    return carriedTask(key, state.tasks.get(key));
  });
  return [{ type: 'FanOutStarted', task: id, items }, ...elements];
}

/** Attempts start again at 0, so that a late answer to the old run's attempt is nothing here. */
function carriedTask(task: string, found: TaskState | undefined): CarriedEvent[] {
  if (found?.status === 'COMPLETED')
    return [{ type: 'TaskCompleted', task, attempt: 0, output: found.output }];
  if (found?.status === 'SKIPPED') return [{ type: 'TaskSkipped', task, reason: found.reason }];
  return found?.status === 'FAILED' ? [{ type: 'TaskFailed', task, attempt: 0, error: found.error }] : [];
}

import type { CompiledTask } from './compile.js';
import { taskOf } from './compile.js';
import type { CompiledWorkflow } from './compile.js';
import type { RunState } from './state.js';
import { PENDING } from './task-status.js';

/** Why a person skipped a task; such a skip lets its dependents go on. */
export const SKIPPED_BY_PERSON = 'person';

/** Why a handler was skipped: what it handles did not fail. Its dependents go on. */
export const NOTHING_TO_HANDLE = 'nothing to handle';

/**
 * May a task start, now that all it needs is terminal? The truth table is in the README; a spec plays every row of it.
 * A task runs when every need lets it run; otherwise the first that does not is the reason of its skip.
 */
export function joinOf(workflow: CompiledWorkflow, state: RunState, task: CompiledTask): string | undefined {
  if (task.definition.always) return undefined;
  const handled = task.handles.map((id) => state.tasks.get(id)?.status);
  if (handled.length > 0 && !handled.includes('FAILED')) return NOTHING_TO_HANDLE;
  for (const need of task.definition.needs) {
    const reason = obstacle(taskOf(workflow, need), state);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const PASSABLE_SKIPS = new Set([SKIPPED_BY_PERSON, NOTHING_TO_HANDLE]);

function obstacle(need: CompiledTask, state: RunState): string | undefined {
  const found = state.tasks.get(need.id) ?? PENDING;
  if (found.status === 'COMPLETED' || found.status === 'COMPENSATED') return undefined;
  if (found.status === 'SKIPPED' && PASSABLE_SKIPS.has(found.reason)) return undefined;
  const passable = need.definition.optional || (found.status === 'FAILED' && need.tolerated);
  return passable && need.definition.uses !== 'approval' ? undefined : `${need.id} is ${found.status}`;
}

import type { CompiledTask } from './compile.js';
import { taskOf } from './compile.js';
import type { CompiledWorkflow } from './compile.js';
import type { RunState } from './state.js';
import { PENDING } from './task-status.js';

/** Why a person skipped a task; such a skip lets its dependents go on. */
export const SKIPPED_BY_PERSON = 'person';

/**
 * May a task start, now that all it needs is terminal? First matching row of the table, per need:
 *
 * | the need is                                   | the dependent        |
 * |-----------------------------------------------|----------------------|
 * | anything, and the dependent is `always`       | runs                 |
 * | COMPLETED or COMPENSATED                      | runs                 |
 * | skipped by a person                           | runs                 |
 * | an approval that was not granted              | is skipped           |
 * | `optional`, whatever became of it             | runs                 |
 * | FAILED with `onError: continue`               | runs                 |
 * | SKIPPED (condition, or skipped itself)        | is skipped           |
 * | FAILED or CANCELLED                           | is skipped           |
 *
 * A task runs when every need lets it run; otherwise the first that does not is the reason of its skip.
 */
export function joinOf(workflow: CompiledWorkflow, state: RunState, task: CompiledTask): string | undefined {
  if (task.definition.always) return undefined;
  for (const need of task.definition.needs) {
    const reason = obstacle(taskOf(workflow, need), state);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function obstacle(need: CompiledTask, state: RunState): string | undefined {
  const found = state.tasks.get(need.id) ?? PENDING;
  if (found.status === 'COMPLETED' || found.status === 'COMPENSATED') return undefined;
  if (found.status === 'SKIPPED' && found.reason === SKIPPED_BY_PERSON) return undefined;
  const passable = need.definition.optional || (found.status === 'FAILED' && need.tolerated);
  return passable && need.definition.uses !== 'approval' ? undefined : `${need.id} is ${found.status}`;
}

import { childOutcome } from '@trimtab/workflow';
import type { CompiledWorkflow, RunState } from '@trimtab/workflow';
import { replay } from './run-loader.js';
import type { World } from './world.js';

interface Ended {
  readonly workflow: CompiledWorkflow;
  readonly state: RunState;
}

/** Tells the parent of a child run how it ended. A parent that asks again, because the answer was lost, is told again. */
export async function tellParent(world: World, runId: string, ended?: Ended): Promise<void> {
  try {
    const child = ended ?? (await replay(world, runId));
    const parent = child?.state.parent;
    if (!child || !parent) return;
    const { task, attempt } = parent;
    const outcome = childOutcome(child.workflow, child.state);
    const input = { kind: 'taskResult', task, attempt, claim: 0, outcome } as const;
    await world.router.ask({ kind: 'input', runId: parent.runId, input });
  } catch (error) {
    world.logger.warn('a parent run could not be told', { runId, error });
  }
}

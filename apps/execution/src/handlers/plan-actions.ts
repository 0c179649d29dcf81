import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { publicEvent, Recommendation, Resource } from '@trimtab/contracts';
import type { ActionPlan, TaskInput, TaskOutput } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import type { ArtifactRef } from '@trimtab/kernel';
import { readRows } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { ActionJournal } from '../domain/action-journal.js';
import { grantOf } from '../domain/approval.js';
import { planActions } from '../domain/plan-actions.js';
import { sha256 } from './sha256.js';

type Input = TaskInput<'execution.plan'>;
type Output = TaskOutput<'execution.plan'>;

/** Make the one plan that is approved and then carried out, simulated or live. */
export class PlanActions extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(PlanActions)
export class PlanActionsHandler implements ICommandHandler<PlanActions> {
  constructor(
    private readonly artifacts: Artifacts,
    private readonly journal: ActionJournal,
  ) {}

  async execute({ task, context }: PlanActions): Promise<TaskOutcome<Output>> {
    const { execution: settings, asOf } = task.input;
    const recommendations = await readRows(this.artifacts, task.input.recommendations, Recommendation);
    const inventory = await this.inventory(task.input, recommendations);
    context.progress(1, 2, `${recommendations.length} recommendations read`);

    const plan = planActions({
      runId: task.runId,
      settings,
      recommendations,
      inventory,
      createdAt: asOf,
      sha256,
    });
    const grantedBy = grantOf(plan, settings.approveLow);

    const ref = await this.artifacts.putJson(plan);
    return {
      output: outputOf(plan, ref, grantedBy),
      events: [plannedEvent(plan, ref)],
      write: (tx) => this.journal.addPlan(tx, plan, grantedBy),
    };
  }

  /** Only what a recommendation speaks of is kept: inventories are large. */
  private async inventory(
    input: Input,
    recommendations: readonly Recommendation[],
  ): Promise<ReadonlyMap<string, Resource>> {
    const wanted = new Set(recommendations.map((one) => one.resource.arn));
    const found = new Map<string, Resource>();
    for (const shard of input.inventory) {
      for await (const row of this.artifacts.readNdjson<{ arn: string }>(shard)) {
        if (wanted.has(row.arn)) found.set(row.arn, Resource.parse(row));
      }
    }
    return found;
  }
}

function outputOf(plan: ActionPlan, ref: ArtifactRef, grantedBy: Output['grantedBy']): Output {
  const { id: planId, digest, mode, actions, monthlySavings } = plan;
  const count = (risk: string): number => actions.filter((one) => one.risk === risk).length;
  return {
    planId,
    plan: { ...ref },
    digest,
    mode,
    actions: actions.length,
    byRisk: { L: count('L'), M: count('M'), H: count('H') },
    monthlySavings,
    needsApproval: grantedBy === null,
    grantedBy,
  };
}

const plannedEvent = (plan: ActionPlan, ref: ArtifactRef) =>
  publicEvent('trimtab.action.planned.v1', `plan/${plan.id}`, {
    runId: plan.runId,
    planId: plan.id,
    mode: plan.mode,
    digest: plan.digest,
    actions: plan.actions.length,
    monthlySavings: plan.monthlySavings,
    plan: { ...ref },
  });

import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { ActionPlan } from '@trimtab/contracts';
import type { ActionResult, TaskInput, TaskOutput } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import { AppError, Clock, sumMoney } from '@trimtab/kernel';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { ActionJournal } from '../domain/action-journal.js';
import { checkApproval } from '../domain/approval.js';
import { Sites } from '../domain/site.js';
import { eventOf } from './action-events.js';
import { Breadth } from './breadth.js';
import { Patience } from './patience.js';
import { PlanWalk } from './plan-walk.js';
import { sha256 } from './sha256.js';

type Input = TaskInput<'execution.execute'>;
type Output = TaskOutput<'execution.execute'>;

/** Carry out an approved plan: for real or, by the same steps, on predictions. */
export class ExecutePlan extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(ExecutePlan)
export class ExecutePlanHandler implements ICommandHandler<ExecutePlan> {
  constructor(
    private readonly artifacts: Artifacts,
    private readonly journal: ActionJournal,
    private readonly sites: Sites,
    private readonly patience: Patience,
    private readonly breadth: Breadth,
    private readonly clock: Clock,
  ) {}

  async execute({ task, context }: ExecutePlan): Promise<TaskOutcome<Output>> {
    const { cloud, planId, approval } = task.input;
    const plan = ActionPlan.parse(await this.artifacts.readJson(task.input.plan));
    checkApproval(plan, await this.journal.plan(planId), task.input, sha256);

    const open = this.sites.open(cloud, plan.mode);
    const { journal, patience, breadth, clock } = this;
    const parts = { cloud, open, journal, context, patience, breadth, clock };
    const results = await new PlanWalk(plan, parts).walk();
    if (plan.mode === 'dry-run') refuseEffects(open.mutatingRequests());

    const ref = await this.artifacts.putNdjson(results);
    return {
      output: outputOf(plan, results, { ...ref }),
      events: results.map((result) => eventOf(task.runId, result)),
      write: (tx) => this.journal.markExecuted(tx, planId, approval.grantedBy),
    };
  }
}

/** The meter of the cloud, not our own book-keeping, says that nothing was changed. */
function refuseEffects(count: number): void {
  if (count === 0) return;
  throw new AppError(
    'execution.dry-run-violated',
    `A dry run sent ${count} requests that change something: stop and report this as a defect.`,
  );
}

/** All failures are in the results; the task's answer shows the first ones. */
const SHOWN = 50;

function outputOf(plan: ActionPlan, results: readonly ActionResult[], ref: Output['results']): Output {
  const byStatus: Record<string, number> = {};
  for (const { status } of results) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const verified = results.filter((one) => one.status === 'verified');
  return {
    mode: plan.mode,
    results: ref,
    byStatus,
    monthlySavings: sumMoney(
      verified.map((one) => one.monthlySavings),
      plan.monthlySavings.currency,
    ),
    failures: results.filter((one) => one.status !== 'verified').slice(0, SHOWN),
  };
}

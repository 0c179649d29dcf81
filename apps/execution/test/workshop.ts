import type { CloudProvider } from '@trimtab/cloud';
import type {
  ActionPlan,
  ActionResult,
  CloudSettings,
  ExecutionMode,
  ExecutionSettings,
} from '@trimtab/contracts';
import type { Artifacts, Sql } from '@trimtab/event-store';
import { ManualClock } from '@trimtab/kernel';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import type { ActionJournal } from '../src/domain/action-journal.js';
import { Breadth } from '../src/handlers/breadth.js';
import { ExecutePlan, ExecutePlanHandler } from '../src/handlers/execute-plan.js';
import { Patience } from '../src/handlers/patience.js';
import { PlanActions, PlanActionsHandler } from '../src/handlers/plan-actions.js';
import { RollBackActions, RollBackActionsHandler } from '../src/handlers/roll-back-actions.js';
import { CloudSites } from '../src/outbound/sites.cloud.js';
import { accountId, asOf, region, settings } from './arrange.js';
import type { Recommendation, Resource } from '@trimtab/contracts';

export interface Finding {
  readonly resource: Resource;
  readonly recommendation: Recommendation;
}

export interface Parts {
  readonly artifacts: Artifacts;
  readonly journal: ActionJournal;
  readonly clouds: CloudProvider;
  readonly cloud?: CloudSettings;
  /** Commits what an outcome writes. */
  readonly commit: (write: (tx: Sql) => Promise<void>) => Promise<void>;
  readonly patience?: Patience;
  /** One action after the other unless given. */
  readonly breadth?: Breadth;
}

type PlanTask = PlanActions['task'];
type ExecuteTask = ExecutePlan['task'];

/** The three handlers as the bus would call them, with their parts in reach of a spec. */
export class Workshop {
  readonly cloud: CloudSettings;
  private readonly clock = new ManualClock(new Date(asOf));

  constructor(readonly parts: Parts) {
    this.cloud = parts.cloud ?? { accounts: [{ id: accountId, name: 'test' }], regions: [region] };
  }

  async plan(
    runId: string,
    mode: ExecutionMode,
    findings: readonly Finding[],
    more: Partial<ExecutionSettings> = {},
  ): Promise<TaskOutcome<Awaited<ReturnType<PlanActionsHandler['execute']>>['output']>> {
    const { artifacts, journal } = this.parts;
    const input: PlanTask['input'] = {
      execution: settings(mode, more),
      recommendations: { ...(await artifacts.putNdjson(findings.map((one) => one.recommendation))) },
      inventory: [{ ...(await artifacts.putNdjson(findings.map((one) => one.resource))) }],
      asOf,
    };
    const handler = new PlanActionsHandler(artifacts, journal);
    return this.committed(await handler.execute(new PlanActions(taskOf(runId, 'plan', input), quiet())));
  }

  async execute(
    runId: string,
    planned: Awaited<ReturnType<Workshop['plan']>>,
    change: Partial<ExecuteTask['input']> = {},
  ) {
    const { planId, plan, digest, grantedBy } = planned.output;
    const approval = { digest, grantedBy: grantedBy ?? 'anna', at: asOf };
    const input = { cloud: this.cloud, planId, plan, digest, approval, asOf, ...change };
    const outcome = await this.executor().execute(new ExecutePlan(taskOf(runId, 'execute', input), quiet()));
    return this.committed(outcome);
  }

  /** Plan and execute; answers the results in the plan's order. */
  async run(runId: string, mode: ExecutionMode, findings: readonly Finding[]): Promise<ActionResult[]> {
    const outcome = await this.execute(runId, await this.plan(runId, mode, findings));
    return this.results(outcome);
  }

  async results(outcome: Awaited<ReturnType<Workshop['execute']>>): Promise<ActionResult[]> {
    const results: ActionResult[] = [];
    for await (const row of this.parts.artifacts.readNdjson<ActionResult>(outcome.output.results))
      results.push(row);
    return results;
  }

  planOf(planned: Awaited<ReturnType<Workshop['plan']>>): Promise<ActionPlan> {
    return this.parts.artifacts.readJson<ActionPlan>(planned.output.plan);
  }

  async rollBack(actionIds: string[], runId = 'rollback-run') {
    const input = { cloud: this.cloud, actionIds, requestedBy: 'anna', asOf };
    const { journal } = this.parts;
    const handler = new RollBackActionsHandler(journal, this.sites(), this.patience(), this.clock);
    return this.committed(
      await handler.execute(new RollBackActions(taskOf(runId, 'rollback', input), quiet())),
    );
  }

  private executor(): ExecutePlanHandler {
    const { artifacts, journal } = this.parts;
    const { breadth = new Breadth(1, 1) } = this.parts;
    return new ExecutePlanHandler(artifacts, journal, this.sites(), this.patience(), breadth, this.clock);
  }

  private sites(): CloudSites {
    return new CloudSites(this.parts.clouds);
  }

  private patience(): Patience {
    return this.parts.patience ?? new Patience(10, 200, 30);
  }

  private async committed<T extends TaskOutcome>(outcome: T): Promise<T> {
    if (outcome.write) await this.parts.commit((tx) => outcome.write?.(tx) ?? Promise.resolve());
    return outcome;
  }
}

export const taskOf = <Input>(runId: string, taskId: string, input: Input): Task<Input> => ({
  runId,
  taskId,
  type: `execution.${taskId}`,
  attempt: 1,
  input,
  correlationId: runId,
  commandId: `${runId}-${taskId}`,
});

const quiet = (): TaskContext => ({
  signal: new AbortController().signal,
  log: undefined as never,
  progress: () => undefined,
  claim: 1,
  assertCurrent: () => Promise.resolve(),
});

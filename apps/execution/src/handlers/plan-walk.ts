import type { ActionPlan, ActionResult, CloudSettings, PlannedAction } from '@trimtab/contracts';
import type { Clock, ErrorInfo } from '@trimtab/kernel';
import type { TaskContext } from '@trimtab/service';
import type { ActionJournal } from '../domain/action-journal.js';
import { resultOf } from '../domain/action-record.js';
import { accountUnknown, circuitOpen, opensCircuit } from '../domain/belts.js';
import { bySite, earlierOnTheSame } from '../domain/order.js';
import type { OpenSites } from '../domain/site.js';
import { ActionRunner } from './action-runner.js';
import type { Breadth } from './breadth.js';
import { sideBySide } from './breadth.js';
import type { Patience } from './patience.js';
import { interrupted } from './step-walk.js';

export interface PlanWalkParts {
  readonly cloud: CloudSettings;
  readonly open: OpenSites;
  readonly journal: ActionJournal;
  readonly context: TaskContext;
  readonly patience: Patience;
  readonly breadth: Breadth;
  readonly clock: Clock;
}

/**
 * Carries the actions of a plan out: independent ones side by side, those that concern the same thing one after the
 * other. The first one that is not verified lets nothing begin any more; what is under way comes to its end.
 */
export class PlanWalk {
  private readonly results = new Map<string, ActionResult>();
  private broken: ErrorInfo | undefined;
  private failed = false;
  private readonly earlier;
  private readonly begun = new Map<string, Promise<void>>();

  constructor(
    private readonly plan: ActionPlan,
    private readonly parts: PlanWalkParts,
  ) {
    this.earlier = earlierOnTheSame(plan.actions);
  }

  /** The results in the plan's order. */
  async walk(): Promise<ActionResult[]> {
    const { sites, perSite } = this.parts.breadth;
    await sideBySide(bySite(this.plan.actions), sites, (actions) =>
      sideBySide(actions, perSite, (action) => this.inTurn(action)),
    );
    return this.plan.actions.flatMap(({ id }) => this.results.get(id) ?? []);
  }

  /** Begun in the plan's order, so what it waits for is under way or over. */
  private async inTurn(action: PlannedAction): Promise<void> {
    const before = (this.earlier.get(action.id) ?? []).map((id) => this.begun.get(id));
    const work = Promise.all(before).then(() => (this.failed ? undefined : this.one(action)));
    this.begun.set(action.id, work);
    try {
      await work;
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  private async one(action: PlannedAction): Promise<void> {
    const { cloud, open, context, ...parts } = this.parts;
    if (context.signal.aborted) throw interrupted();
    const { accountId, region } = action.resource;
    const runner = new ActionRunner({ ...parts, context, site: open.at(accountId, region) });
    const why = this.broken ?? accountUnknown(action, cloud);
    const result = resultOf(await (why ? runner.skip(action.id, why) : runner.run(action.id)));
    this.results.set(action.id, result);
    if (opensCircuit(result)) this.broken ??= circuitOpen(result);
    const note = `${result.kind} ${action.resource.id}: ${result.status}`;
    context.progress(this.results.size, this.plan.actions.length, note);
  }
}

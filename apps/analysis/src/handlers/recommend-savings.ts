import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { CostFact, InstanceTypeSpec, PriceEntry, Resource, publicEvent } from '@trimtab/contracts';
import type { PublicEvent, Recommendation, TaskInput, TaskOutput } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import { readRows } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { BillRates } from '../domain/bill-rates.js';
import { Catalogue } from '../domain/catalogue.js';
import { Facts } from '../domain/facts.js';
import { PriceBook } from '../domain/price-book.js';
import type { OpenRecommendation } from '../domain/recommendation-history.js';
import { RecommendationHistory } from '../domain/recommendation-history.js';
import { recommend } from '../domain/recommend.js';
import { totalsOf } from '../domain/totals.js';

type Input = TaskInput<'analysis.recommend'>;
type Output = TaskOutput<'analysis.recommend'>;

/** Find what could be removed or changed, with what it saves and why. */
export class RecommendSavings extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

const DEFAULT_CURRENCY = 'USD';

@CommandHandler(RecommendSavings)
export class RecommendSavingsHandler implements ICommandHandler<RecommendSavings> {
  constructor(
    private readonly artifacts: Artifacts,
    private readonly history: RecommendationHistory,
    private readonly catalogue: Catalogue,
  ) {}

  async execute({ task, context }: RecommendSavings): Promise<TaskOutcome<Output>> {
    const { input, runId } = task;
    const { facts, resources } = await this.facts(input, context);
    const places = [...new Set(resources.map(({ accountId, region }) => `${accountId}/${region}`))];
    const before = await this.history.open(places);

    const { recommendations: all, undecided } = recommend(this.catalogue.checks, facts, input.optimization);
    const recommendations = this.catalogue.choose(all, input.optimization);
    const current = new Set(recommendations.map((one) => one.id));
    const resolved = before.filter((one) => !current.has(one.id));

    context.progress(2, 2, `${recommendations.length} recommendations from ${resources.length} resources`);
    return {
      output: {
        recommendations: await this.artifacts.putNdjson(recommendations),
        count: recommendations.length,
        currency: facts.currency,
        ...totalsOf(recommendations, facts.currency),
        resources: resources.length,
        undecided: [...undecided],
      },
      events: [...recommendations.map(raised(runId)), ...resolved.map(gone(runId))],
      write: (tx) =>
        this.history.record(
          tx,
          runId,
          recommendations,
          resolved.map((one) => one.id),
        ),
    };
  }

  private async facts(input: Input, context: TaskContext): Promise<{ facts: Facts; resources: Resource[] }> {
    const [resources, prices, instanceTypes, costs] = await Promise.all([
      readRows(this.artifacts, input.inventory, Resource),
      readRows(this.artifacts, input.prices, PriceEntry),
      readRows(this.artifacts, input.instanceTypes, InstanceTypeSpec),
      readRows(this.artifacts, input.costs, CostFact),
    ]);
    context.progress(
      1,
      2,
      `${resources.length} resources, ${prices.length} prices, ${costs.length} cost facts read`,
    );
    const asOf = new Date(input.asOf);
    const rates = new BillRates(costs[0]?.currency ?? DEFAULT_CURRENCY, costs, asOf);
    return { facts: new Facts(asOf, new PriceBook(prices), rates, resources, instanceTypes), resources };
  }
}

const raised =
  (runId: string) =>
  (recommendation: Recommendation): PublicEvent =>
    publicEvent('trimtab.recommendation.raised.v1', `recommendation/${recommendation.id}`, {
      runId,
      recommendation,
    });

const gone =
  (runId: string) =>
  ({ id, checkId, resourceArn }: OpenRecommendation): PublicEvent =>
    publicEvent('trimtab.recommendation.resolved.v1', `recommendation/${id}`, {
      runId,
      recommendationId: id,
      checkId,
      resourceArn,
      reason: 'no longer found',
    });

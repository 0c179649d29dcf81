import type { CostFact, TaskInput, TaskOutput } from '@trimtab/contracts';
import { CloudProvider } from '@trimtab/cloud';
import { Artifacts } from '@trimtab/event-store';
import { AppError, DAY_MS, utcDay } from '@trimtab/kernel';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import type { PoolClient } from 'pg';
import { FactSummary } from '../domain/cost-facts.js';
import { costImportedEvents, DailyFacts } from '../domain/cost-pages.js';
import { accountCosts } from '../outbound/cost-explorer-facts.js';
import { ImportedCosts } from '../outbound/imported-costs.js';
import { replaceDays } from '../outbound/cost-facts.repository.js';

type Input = TaskInput<'discovery.costs'>;
type Output = TaskOutput<'discovery.costs'>;

/** Read the daily costs of the accounts: from Cost Explorer, or from bills that were imported before. */
export class FetchCosts extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

interface Gathered {
  readonly facts: AsyncIterable<CostFact> | Iterable<CostFact>;
  write?(tx: PoolClient): Promise<void>;
}

@CommandHandler(FetchCosts)
export class FetchCostsHandler implements ICommandHandler<FetchCosts> {
  constructor(
    private readonly clouds: CloudProvider,
    private readonly artifacts: Artifacts,
    private readonly imported: ImportedCosts,
  ) {}

  async execute({ task, context }: FetchCosts): Promise<TaskOutcome<Output>> {
    const { costs } = task.input;
    const gathered =
      costs.source === 'imported'
        ? await this.fromBills(task.input)
        : await this.fromCostExplorer(task.input, context);
    const summary = new FactSummary();
    const daily = new DailyFacts();
    const facts = await this.artifacts.putNdjson(observed(gathered.facts, summary, daily));
    const { firstDay, lastDay, rows } = summary;
    if (firstDay === undefined || lastDay === undefined) throw noCosts(costs.source);
    const totals = summary.totals();
    const events = costImportedEvents({ source: costs.source, firstDay, lastDay, rows, totals }, daily.all());
    return { output: { facts, firstDay, lastDay, totals }, events, write: gathered.write };
  }

  /** The history ends with the last bill, so that an old bill can be looked at too. */
  private async fromBills({ costs, asOf }: Input): Promise<Gathered> {
    const days = await this.imported.days(asOf.slice(0, 10));
    if (!days) throw noCosts(costs.source);
    const first = utcDay(new Date(Date.parse(days.last) - (costs.historyDays - 1) * DAY_MS));
    return { facts: this.imported.facts(first > days.first ? first : days.first, days.last) };
  }

  private async fromCostExplorer({ cloud, costs, asOf }: Input, context: TaskContext): Promise<Gathered> {
    // The day of the scan is not over: its costs would look like a fall.
    const end = asOf.slice(0, 10);
    const period = { start: utcDay(new Date(Date.parse(end) - costs.historyDays * DAY_MS)), end };
    const open = this.clouds.open(cloud);
    const byAccount = new Map<string, CostFact[]>();
    for (const { id } of cloud.accounts) {
      byAccount.set(id, await accountCosts(open.costs(id), id, period));
      context.progress(byAccount.size, cloud.accounts.length, `costs of account ${id}`);
      context.signal.throwIfAborted();
    }
    const facts = [...byAccount.values()].flat().sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
    return {
      facts,
      write: async (tx) => {
        for (const [id, own] of byAccount) await replaceDays(tx, `cost-explorer/${id}`, period, own);
      },
    };
  }
}

async function* observed(
  facts: Gathered['facts'],
  summary: FactSummary,
  daily: DailyFacts,
): AsyncIterable<CostFact> {
  for await (const fact of facts) {
    summary.add(fact);
    daily.add(fact);
    yield fact;
  }
}

const noCosts = (source: Input['costs']['source']): AppError =>
  source === 'imported'
    ? new AppError(
        'costs.nothing-imported',
        'No bill was imported yet: run `trimtab costs import FILE` first.',
      )
    : new AppError('costs.none', 'Cost Explorer has no costs in this period: enable it, or import a bill.');

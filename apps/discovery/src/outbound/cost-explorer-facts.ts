import type { CostFact } from '@trimtab/contracts';
import type { CostCell, CostExplorer, CostQuery } from '@trimtab/cloud';
import { AppError } from '@trimtab/kernel';
import { chargeCategoryOf, factOf, NO_REGION, saysNothing } from '../domain/cost-facts.js';

const metrics = ['UnblendedCost', 'AmortizedCost', 'UsageQuantity'];
/** Counts private discounts too, but is only given to accounts that have some. */
const netMetrics = [...metrics, 'NetAmortizedCost'];

interface Days {
  readonly start: string;
  readonly end: string;
}

/**
 * Daily facts of one account. Cost Explorer groups by two dimensions only, so usage is asked for region by region,
 * and what is not usage (tax, credits, fees) by record type without a region.
 */
export async function accountCosts(costs: CostExplorer, accountId: string, days: Days): Promise<CostFact[]> {
  const recordTypes = await costs.dimensionValues('RECORD_TYPE', days.start, days.end);
  const usage = recordTypes.filter((type) => chargeCategoryOf(type) === 'Usage');
  const others = recordTypes.filter((type) => chargeCategoryOf(type) !== 'Usage');
  const reader = new DailyCosts(costs);
  const facts: CostFact[] = [];
  const regions = usage.length > 0 ? await costs.dimensionValues('REGION', days.start, days.end) : [];
  for (const region of regions) {
    const filter = { LINKED_ACCOUNT: [accountId], REGION: [region], RECORD_TYPE: usage };
    for (const cell of await reader.cells({ ...days, groupBy: ['SERVICE', 'USAGE_TYPE'], filter })) {
      facts.push(factOf({ accountId, region, recordType: 'Usage' }, cell));
    }
  }
  if (others.length > 0) {
    const filter = { LINKED_ACCOUNT: [accountId], RECORD_TYPE: others };
    for (const cell of await reader.cells({ ...days, groupBy: ['SERVICE', 'RECORD_TYPE'], filter })) {
      facts.push(factOf({ accountId, region: NO_REGION, recordType: cell.keys[1] ?? '' }, cell));
    }
  }
  return facts.filter((fact) => !saysNothing(fact));
}

/** Asks with net costs until they are refused once. */
class DailyCosts {
  private metrics: readonly string[] = netMetrics;

  constructor(private readonly costs: CostExplorer) {}

  async cells(query: Omit<CostQuery, 'metrics'>): Promise<CostCell[]> {
    try {
      return await this.read(query);
    } catch (error) {
      if (this.metrics === metrics || !(error instanceof AppError) || error.code !== 'cloud.refused')
        throw error;
      this.metrics = metrics;
      return this.read(query);
    }
  }

  private async read(query: Omit<CostQuery, 'metrics'>): Promise<CostCell[]> {
    const found: CostCell[] = [];
    for await (const cell of this.costs.daily({ ...query, metrics: this.metrics })) found.push(cell);
    return found;
  }
}

import type { CostFact } from '@trimtab/contracts';
import { addDays, normal, seededRandom } from '@trimtab/timeseries';

const WEEK = [1.08, 1.1, 1.09, 1.07, 1.05, 0.85, 0.8];

export const fact = (given: Partial<CostFact> & { day: string; effectiveCost: string }): CostFact => ({
  accountId: '111',
  region: 'eu-west-1',
  service: 'Compute',
  usageType: 'BoxUsage',
  chargeCategory: 'Usage',
  billedCost: given.effectiveCost,
  listCost: null,
  consumedQuantity: null,
  consumedUnit: null,
  currency: 'USD',
  ...given,
});

export interface Bill {
  readonly seed?: number;
  readonly noise?: number;
  readonly season?: boolean;
  readonly start?: string;
}

/** Daily facts up to and without `until`: account 111 spends 100 a day, account 222 spends 40, before the season. */
export function bill(
  until: string,
  { seed = 1, noise = 0.03, season = true, start = '2026-08-01' }: Bill = {},
): CostFact[] {
  const random = seededRandom(seed);
  const facts: CostFact[] = [];
  for (let t = 0; addDays(start, t) < until; t += 1) {
    for (const [accountId, usd] of [
      ['111', 100],
      ['222', 40],
    ] as const) {
      const cost = usd * (season ? (WEEK[t % 7] ?? 1) : 1) * Math.exp(noise * normal(random));
      facts.push(fact({ day: addDays(start, t), accountId, effectiveCost: cost.toFixed(4) }));
    }
  }
  return facts;
}

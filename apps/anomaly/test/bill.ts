import type { CostFact } from '@trimtab/contracts';
import { addDays, normal, seededRandom } from '@trimtab/timeseries';

const WEEK = [1.08, 1.1, 1.09, 1.07, 1.05, 0.85, 0.8];

export interface Line {
  readonly accountId?: string;
  readonly service: string;
  readonly region: string;
  readonly usageType: string;
  readonly usd: number;
  /** Multiplies the quantity, or the unit price, of one day. */
  readonly quantity?: (day: number) => number;
  readonly price?: (day: number) => number;
}

/** Facts of `days` days from `start` for each line: weekly season, 2 % noise, the same for the same seed. */
export function bill(
  lines: readonly Line[],
  { seed = 1, days = 100, start = '2026-08-01' } = {},
): CostFact[] {
  const random = seededRandom(seed);
  return Array.from({ length: days }, (_, t) =>
    lines.map((line): CostFact => {
      const quantity =
        (line.usd / 0.1) * (WEEK[t % 7] ?? 1) * Math.exp(0.02 * normal(random)) * (line.quantity?.(t) ?? 1);
      const cost = (quantity * 0.1 * (line.price?.(t) ?? 1)).toFixed(6);
      return {
        day: addDays(start, t),
        accountId: line.accountId ?? '111111111111',
        region: line.region,
        service: line.service,
        usageType: line.usageType,
        chargeCategory: 'Usage',
        billedCost: cost,
        effectiveCost: cost,
        listCost: null,
        consumedQuantity: quantity.toFixed(6),
        consumedUnit: 'Hrs',
        currency: 'USD',
      };
    }),
  ).flat();
}

export const asOfDay = (offset: number, start = '2026-08-01'): string =>
  `${addDays(start, offset)}T06:00:00Z`;

/** Three services over two regions, quiet unless `change` says otherwise for compute `BoxUsage` in eu-west-1. */
export const company = (change: Partial<Line> = {}): Line[] => [
  { service: 'Compute', region: 'eu-west-1', usageType: 'EU-BoxUsage', usd: 180, ...change },
  { service: 'Compute', region: 'us-east-1', usageType: 'BoxUsage', usd: 300 },
  { service: 'Compute', region: 'us-east-1', usageType: 'SpotUsage', usd: 60 },
  { service: 'Storage', region: 'us-east-1', usageType: 'Bytes', usd: 90 },
  { service: 'Queue', region: 'eu-west-1', usageType: 'Requests', usd: 0.4 },
];

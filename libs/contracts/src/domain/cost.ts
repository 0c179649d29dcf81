import { z } from 'zod';
import { AccountId, Currency, Day, Decimal, Instant } from './common.js';

export const ChargeCategory = z.enum(['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment']);

/**
 * One line of the daily cost facts (NDJSON): what one day cost in one cell. Columns follow FOCUS.
 * All amounts are exact decimals in `currency`; `null` in an amount means that the source has none.
 */
export const CostFact = z.object({
  day: Day,
  accountId: AccountId,
  region: z.string(),
  /** FOCUS ServiceName. */
  service: z.string(),
  /** Usage type (Cost Explorer) or SkuId (FOCUS). */
  usageType: z.string(),
  chargeCategory: ChargeCategory,
  billedCost: Decimal,
  effectiveCost: Decimal,
  listCost: Decimal.nullable(),
  consumedQuantity: Decimal.nullable(),
  consumedUnit: z.string().nullable(),
  currency: Currency,
});
export type CostFact = z.infer<typeof CostFact>;

export const CostTotals = z.object({
  currency: Currency,
  billedCost: Decimal,
  effectiveCost: Decimal,
});

/** Result of importing one bill file. */
export const CostImport = z.object({
  importId: z.string(),
  source: z.string(),
  format: z.enum(['focus-csv', 'focus-csv.gz', 'focus-parquet', 'cost-explorer']),
  focusVersion: z.string().optional(),
  digest: z.string(),
  rows: z.int().nonnegative(),
  billingPeriods: z.array(z.object({ start: Day, end: Day, rows: z.int(), replaced: z.boolean() })),
  currencies: z.array(Currency),
  totals: z.array(CostTotals),
  /** `unchanged`: the same file was imported before. */
  status: z.enum(['imported', 'unchanged']),
  importedAt: Instant,
});
export type CostImport = z.infer<typeof CostImport>;

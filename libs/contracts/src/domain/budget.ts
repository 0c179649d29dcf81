import { z } from 'zod';
import { AccountId, Currency, Decimal, MoneySchema, Period } from './common.js';

/** Which cost rows a node takes; every given field must match. An empty match takes all of the parent. */
export const BudgetMatch = z.object({
  accountIds: z.array(AccountId).optional(),
  services: z.array(z.string()).optional(),
  regions: z.array(z.string()).optional(),
});

export const BudgetNodeSettings = z.object({
  name: z.string().min(1),
  monthlyLimit: Decimal,
  match: BudgetMatch.default({}),
});

/** A two-level tree: the root's limit and its children, tried in order; what no child takes is `unallocated`. */
export const BudgetSettings = z.object({
  name: z.string().min(1),
  currency: Currency,
  monthlyLimit: Decimal,
  /** Percent of the limit. */
  thresholds: z.array(z.number().positive()).default([50, 80, 90, 100, 110]),
  children: z.array(BudgetNodeSettings).default([]),
  /** `built-in`, or one of a plugin. */
  forecastEngine: z.string().default('built-in'),
});
export type BudgetSettings = z.infer<typeof BudgetSettings>;

export const BudgetStatus = z.object({
  /** `<root>` or `<root>/<child>`; `<root>/unallocated` has no limit. */
  id: z.string(),
  name: z.string(),
  parent: z.string().nullable(),
  period: Period,
  limit: MoneySchema.nullable(),
  actual: MoneySchema,
  /** Expected total of the whole period. */
  forecast: MoneySchema,
  /** 80 % interval of the forecast. */
  forecastLow: MoneySchema,
  forecastHigh: MoneySchema,
  /** 0..1, null without a limit. */
  probabilityToExceed: z.number().nullable(),
  /** (spent ÷ limit) ÷ (elapsed ÷ period); null without a limit. */
  burnRate: z.number().nullable(),
  /** Highest threshold crossed by the actual cost, percent. */
  crossed: z.number().nullable(),
  status: z.enum(['ok', 'warning', 'forecast-exceeded', 'exceeded', 'no-limit']),
});
export type BudgetStatus = z.infer<typeof BudgetStatus>;

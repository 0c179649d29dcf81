import { z } from 'zod';
import { AccountId, MoneySchema, Period } from './common.js';

/** A combination of dimension values that explains an anomaly, with its share of the unexpected cost. */
export const RootCause = z.object({
  dimensions: z.record(z.string(), z.string()),
  /** 0..1 of the anomaly's impact. */
  share: z.number(),
  impact: MoneySchema,
  /** How much of it is more usage, and how much a higher rate (Δq·p0 and q1·Δp). */
  usageEffect: MoneySchema.optional(),
  rateEffect: MoneySchema.optional(),
});

export const Anomaly = z.object({
  /** Stable while the anomaly grows: account, service and first day. */
  id: z.string(),
  scope: z.object({ accountId: AccountId, service: z.string() }),
  kind: z.enum(['spike', 'level-shift', 'drift', 'first-seen']),
  status: z.enum(['open', 'closed']),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  period: Period,
  /** Sums over the period. */
  expected: MoneySchema,
  actual: MoneySchema,
  impact: MoneySchema,
  /** Largest robust z-score of a day in the period. */
  score: z.number(),
  cause: z.array(RootCause),
});
export type Anomaly = z.infer<typeof Anomaly>;

import { z } from 'zod';
import { Anomaly } from './anomaly.js';
import { BudgetStatus } from './budget.js';
import { Currency, Decimal, MoneySchema } from './common.js';
import { ExecutionMode } from './plan.js';

/** The document that `demo --once --json` and `run --json` print: one finished optimize run. */
export const DemoResult = z.object({
  run: z.object({
    id: z.string(),
    status: z.string(),
    durationMs: z.number().nullable(),
    tasks: z.record(z.string(), z.int()),
  }),
  inventory: z.object({ accounts: z.int(), regions: z.int(), services: z.int(), resources: z.int() }),
  /** Number of (account, region, service) cells. */
  coverage: z.object({ scanned: z.int(), failed: z.int() }),
  recommendations: z.object({
    count: z.int(),
    /** Net saving per month in `currency`. */
    monthlySavings: Decimal,
    currency: Currency,
    byCheck: z.record(z.string(), z.object({ count: z.int(), monthlySavings: MoneySchema })),
  }),
  anomalies: z.array(
    Anomaly.pick({
      scope: true,
      kind: true,
      period: true,
      expected: true,
      actual: true,
      impact: true,
      cause: true,
    }),
  ),
  budgets: z.array(
    BudgetStatus.pick({
      id: true,
      name: true,
      parent: true,
      limit: true,
      actual: true,
      forecast: true,
      status: true,
    }),
  ),
  plan: z.object({ mode: ExecutionMode, actions: z.int() }),
  /** Addresses of the reports; null when a format was not made. */
  reports: z.object({
    html: z.string().nullable(),
    markdown: z.string().nullable(),
    json: z.string().nullable(),
  }),
});
export type DemoResult = z.infer<typeof DemoResult>;

import { z } from 'zod';
import { Instant, MoneySchema } from './common.js';

export const AnalyticsDimension = z.enum(['workflow', 'task', 'service', 'node']);
export const AnalyticsWindow = z.enum(['1h', '24h', '7d', '30d', 'all']);
export type AnalyticsWindow = z.infer<typeof AnalyticsWindow>;

/** Milliseconds; percentiles are known to within 1 % of their value. */
const Durations = z.object({
  count: z.int(),
  mean: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});

/** One workflow, task type, service or node. A workflow counts runs; the others count attempts. */
export const AnalyticsItem = z.object({
  key: z.string(),
  count: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  /** Of what succeeded or failed for good; null when nothing did. */
  successRate: z.number().nullable(),
  /** Attempts that failed and were tried again. */
  retries: z.int(),
  /** Failures by code. */
  failures: z.record(z.string(), z.int()),
  /** From the wish to the start of the work. */
  queue: Durations.nullable(),
  /** The work itself. */
  run: Durations.nullable(),
  /** Both; of a workflow the whole run. */
  total: Durations.nullable(),
  findings: z.int(),
  /** Monthly savings found, and those of actions that were carried out. */
  savings: z.array(MoneySchema),
  executed: z.array(MoneySchema),
});
export type AnalyticsItem = z.infer<typeof AnalyticsItem>;

/** How the orchestration did. */
export const Analytics = z.object({
  /** `basic`: the projection is not available, and the orchestrators told what they remember since they started. */
  source: z.enum(['projection', 'basic']),
  by: AnalyticsDimension,
  window: AnalyticsWindow,
  /** Counted from here on: a window begins at a full hour, from 30 days on at a full day. */
  from: Instant.nullable(),
  until: Instant,
  /** How far the projection is behind. */
  lagSeconds: z.number(),
  items: z.array(AnalyticsItem),
});
export type Analytics = z.infer<typeof Analytics>;

/** What one run brought. */
export const RunOutcome = z.object({
  runId: z.string(),
  workflow: z.string(),
  status: z.string(),
  endedAt: Instant,
  durationMs: z.number(),
  findings: z.int(),
  savings: z.array(MoneySchema),
  executed: z.array(MoneySchema),
});
export type RunOutcome = z.infer<typeof RunOutcome>;

/** How far a rebuild of the statistics is. */
export const AnalyticsRebuild = z.object({
  state: z.enum(['none', 'running', 'done', 'failed']),
  /** Events read, and those that there are. */
  done: z.int(),
  total: z.int(),
  error: z.string().nullable(),
});
export type AnalyticsRebuild = z.infer<typeof AnalyticsRebuild>;

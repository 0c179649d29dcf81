import { z } from 'zod';
import { Anomaly } from '../domain/anomaly.js';
import { BudgetStatus } from '../domain/budget.js';
import { ErrorInfoSchema, Instant, MoneySchema } from '../domain/common.js';
import { CoverageEntry } from '../domain/coverage.js';
import { ActionResult } from '../domain/plan.js';
import { Recommendation } from '../domain/recommendation.js';
import { ReportFormat } from '../domain/report.js';

/** What people see: the gateway's read model, projected from public events. */
export const RunView = z.object({
  id: z.string(),
  workflow: z.string(),
  version: z.int(),
  status: z.string(),
  actor: z.string(),
  labels: z.record(z.string(), z.string()),
  startedAt: Instant,
  endedAt: Instant.nullable(),
  durationMs: z.number().nullable(),
  /** Number of task instances by state. */
  tasks: z.record(z.string(), z.int()),
  error: ErrorInfoSchema.nullable(),
});
export type RunView = z.infer<typeof RunView>;

export const TaskView = z.object({
  taskId: z.string(),
  uses: z.string(),
  state: z.string(),
  attempt: z.int(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  progress: z
    .object({ done: z.number(), total: z.number().nullable(), note: z.string().nullable() })
    .nullable(),
  reason: z.string().nullable(),
  error: ErrorInfoSchema.nullable(),
});
export type TaskView = z.infer<typeof TaskView>;

export const RunDetail = RunView.extend({
  input: z.unknown(),
  outputs: z.unknown(),
  taskList: z.array(TaskView),
});
export type RunDetail = z.infer<typeof RunDetail>;

export const ApprovalView = z.object({
  runId: z.string(),
  taskId: z.string(),
  title: z.string(),
  digest: z.string(),
  status: z.enum(['requested', 'granted', 'rejected', 'expired']),
  details: z.unknown(),
  requestedAt: Instant,
  expiresAt: Instant.nullable(),
  decidedBy: z.string().nullable(),
  policy: z.string().nullable(),
  decidedAt: Instant.nullable(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

export const RecommendationView = Recommendation.extend({
  runId: z.string(),
  status: z.enum(['open', 'resolved']),
  raisedAt: Instant,
});
export type RecommendationView = z.infer<typeof RecommendationView>;

export const AnomalyView = Anomaly.extend({ runId: z.string() });
export type AnomalyView = z.infer<typeof AnomalyView>;
export const BudgetView = BudgetStatus.extend({ runId: z.string() });
export type BudgetView = z.infer<typeof BudgetView>;
export const ActionView = ActionResult.extend({ runId: z.string(), at: Instant });
export type ActionView = z.infer<typeof ActionView>;

export const InventoryView = z.object({
  runId: z.string(),
  accounts: z.int(),
  regions: z.int(),
  services: z.int(),
  resources: z.int(),
  coverage: z.array(CoverageEntry),
});
export type InventoryView = z.infer<typeof InventoryView>;

export const ReportView = z.object({
  runId: z.string(),
  title: z.string(),
  createdAt: Instant,
  formats: z.array(ReportFormat),
});
export type ReportView = z.infer<typeof ReportView>;

export const DeadLetterView = z.object({
  id: z.string(),
  service: z.string(),
  reason: z.string(),
  error: z.string(),
  subject: z.string(),
  deliveries: z.int(),
  status: z.enum(['new', 'replayed', 'discarded']),
  at: Instant,
  headers: z.record(z.string(), z.string()),
  /** The original bytes, base64. */
  payload: z.string(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

export const ServiceView = z.object({
  name: z.string(),
  instance: z.string(),
  version: z.string(),
  taskTypes: z.array(z.string()),
  pool: z.string(),
  startedAt: Instant.nullable(),
  requests: z.number(),
  errors: z.number(),
  averageMs: z.number(),
  /** Absent of instances that do not say. */
  ready: z.boolean().optional(),
  concurrency: z.number().optional(),
  inFlight: z.number().optional(),
});
export type ServiceView = z.infer<typeof ServiceView>;

/** One bar of a run's waterfall. */
export const SpanView = z.object({
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  name: z.string(),
  service: z.string(),
  startedAt: Instant,
  endedAt: Instant.nullable(),
  status: z.string(),
});
export const TraceView = z.object({ runId: z.string(), traceId: z.string(), spans: z.array(SpanView) });
export type TraceView = z.infer<typeof TraceView>;

/** An event of a run's history or of the public stream, as it is shown. */
export const EventView = z.object({
  id: z.string(),
  type: z.string(),
  source: z.string(),
  subject: z.string().nullable(),
  time: Instant,
  runId: z.string().nullable(),
  data: z.unknown(),
});
export type EventView = z.infer<typeof EventView>;

/** What is being spent, from the newest cost facts. */
export const SpendView = z.object({
  firstDay: z.string(),
  lastDay: z.string(),
  totals: z.array(z.object({ currency: z.string(), billedCost: z.string(), effectiveCost: z.string() })),
  last30Days: z.array(MoneySchema),
});
export type SpendView = z.infer<typeof SpendView>;

import { z } from 'zod';
import { Anomaly } from '../domain/anomaly.js';
import { BudgetStatus } from '../domain/budget.js';
import { ArtifactRefSchema, ErrorInfoSchema, Instant, MoneySchema } from '../domain/common.js';
import { CostTotals } from '../domain/cost.js';
import { CoverageEntry } from '../domain/coverage.js';
import { Incident } from '../domain/incident.js';
import { ActionResult, ExecutionMode } from '../domain/plan.js';
import { Recommendation } from '../domain/recommendation.js';
import { ReportIndex } from '../domain/report.js';

const run = { runId: z.string(), workflow: z.string(), version: z.int() };
const task = { runId: z.string(), taskId: z.string(), uses: z.string() };
const approval = { runId: z.string(), taskId: z.string(), digest: z.string() };

/** Facts of one day in one cell, as `cost.imported` carries them: exact decimals, effective cost. */
const DailyFact = z.object({
  day: z.string(),
  accountId: z.string(),
  service: z.string(),
  billedCost: z.string(),
  effectiveCost: z.string(),
  currency: z.string(),
});

/**
 * Public events: `data` schema by CloudEvent type `trimtab.<context>.<event>.v<major>`,
 * published on `trimtab.evt.<context>.<event>.v<major>`. Published schemas only grow (docs/messages.md).
 */
export const eventContracts = {
  'trimtab.run.started.v1': z.object({
    ...run,
    input: z.unknown(),
    labels: z.record(z.string(), z.string()),
    actor: z.string(),
    startedAt: Instant,
  }),
  'trimtab.run.paused.v1': z.object({ ...run, actor: z.string(), reason: z.string().optional() }),
  'trimtab.run.resumed.v1': z.object({ ...run, actor: z.string() }),
  'trimtab.run.completed.v1': z.object({
    ...run,
    status: z.string(),
    startedAt: Instant,
    endedAt: Instant,
    tasks: z.record(z.string(), z.int()),
    outputs: z.unknown(),
  }),
  'trimtab.run.failed.v1': z.object({
    ...run,
    status: z.string(),
    startedAt: Instant,
    endedAt: Instant,
    tasks: z.record(z.string(), z.int()),
    error: ErrorInfoSchema,
  }),
  'trimtab.run.cancelled.v1': z.object({
    ...run,
    status: z.string(),
    startedAt: Instant,
    endedAt: Instant,
    tasks: z.record(z.string(), z.int()),
    actor: z.string(),
    reason: z.string().optional(),
  }),
  /** Somebody's command changed the run: the audit trail. */
  'trimtab.run.commanded.v1': z.object({
    ...run,
    command: z.string(),
    taskId: z.string().nullable(),
    actor: z.string(),
    reason: z.string().nullable(),
    at: Instant,
  }),
  /** A run that has ended is done again as another one. */
  'trimtab.run.restarted.v1': z.object({
    ...run,
    restartedAs: z.string(),
    from: z.string().nullable(),
    actor: z.string(),
    reason: z.string().nullable(),
    at: Instant,
  }),
  /** Old runs were archived and deleted. */
  'trimtab.run.archived.v1': z.object({
    runIds: z.array(z.string()),
    archive: ArtifactRefSchema,
    before: Instant,
    actor: z.string(),
    reason: z.string().nullable(),
  }),
  'trimtab.task.queued.v1': z.object({ ...task, attempt: z.int(), at: Instant }),
  'trimtab.task.completed.v1': z.object({
    ...task,
    attempt: z.int(),
    startedAt: Instant,
    endedAt: Instant,
    worker: z.string(),
  }),
  'trimtab.task.failed.v1': z.object({
    ...task,
    attempt: z.int(),
    error: ErrorInfoSchema,
    willRetryAt: Instant.nullable(),
    at: Instant,
  }),
  'trimtab.task.skipped.v1': z.object({ ...task, reason: z.string(), at: Instant }),
  'trimtab.task.waiting.v1': z.object({ ...task, reason: z.string(), at: Instant }),
  'trimtab.task.cancelled.v1': z.object({ ...task, at: Instant }),
  'trimtab.approval.requested.v1': z.object({
    ...approval,
    title: z.string(),
    details: z.unknown(),
    expiresAt: Instant.nullable(),
    requestedAt: Instant,
  }),
  'trimtab.approval.granted.v1': z.object({
    ...approval,
    by: z.string(),
    policy: z.string().nullable(),
    reason: z.string().optional(),
    at: Instant,
  }),
  'trimtab.approval.rejected.v1': z.object({
    ...approval,
    by: z.string(),
    reason: z.string().optional(),
    at: Instant,
  }),
  'trimtab.approval.expired.v1': z.object({ ...approval, at: Instant }),
  /** A run stands still, cannot be undone, …: somebody should look. */
  'trimtab.incident.raised.v1': z.object({ incident: Incident }),
  'trimtab.incident.resolved.v1': z.object({ incident: Incident }),
  'trimtab.inventory.scanned.v1': z.object({
    runId: z.string(),
    accountId: z.string(),
    region: z.string(),
    resources: z.int(),
    coverage: z.array(CoverageEntry),
    shard: ArtifactRefSchema,
  }),
  'trimtab.cost.imported.v1': z.object({
    source: z.string(),
    firstDay: z.string(),
    lastDay: z.string(),
    rows: z.int(),
    totals: z.array(CostTotals),
    /** One page of daily facts per (account, service); `page` of `pages`, from 1. */ page: z.int(),
    pages: z.int(),
    facts: z.array(DailyFact),
  }),
  'trimtab.recommendation.raised.v1': z.object({ runId: z.string(), recommendation: Recommendation }),
  'trimtab.recommendation.resolved.v1': z.object({
    runId: z.string(),
    recommendationId: z.string(),
    checkId: z.string(),
    resourceArn: z.string(),
    reason: z.string(),
  }),
  'trimtab.anomaly.opened.v1': z.object({ runId: z.string(), anomaly: Anomaly }),
  'trimtab.anomaly.updated.v1': z.object({ runId: z.string(), anomaly: Anomaly }),
  'trimtab.anomaly.closed.v1': z.object({ runId: z.string(), anomaly: Anomaly }),
  'trimtab.budget.evaluated.v1': z.object({ runId: z.string(), budget: BudgetStatus }),
  'trimtab.budget.threshold-crossed.v1': z.object({
    runId: z.string(),
    budget: BudgetStatus,
    threshold: z.number(),
    kind: z.enum(['actual', 'forecast']),
  }),
  'trimtab.action.planned.v1': z.object({
    runId: z.string(),
    planId: z.string(),
    mode: ExecutionMode,
    digest: z.string(),
    actions: z.int(),
    monthlySavings: MoneySchema,
    plan: ArtifactRefSchema,
  }),
  'trimtab.action.executed.v1': z.object({ runId: z.string(), result: ActionResult }),
  'trimtab.action.failed.v1': z.object({ runId: z.string(), result: ActionResult }),
  'trimtab.action.rolled-back.v1': z.object({ runId: z.string(), result: ActionResult }),
  'trimtab.report.created.v1': z.object({ runId: z.string(), report: ReportIndex }),
} as const;

export type EventType = keyof typeof eventContracts;
export type EventData<T extends EventType> = z.infer<(typeof eventContracts)[T]>;

/** A public event before the envelope: `subject` is the thing it speaks of (a run, a resource, a budget). */
export interface PublicEvent<T extends EventType = EventType> {
  readonly type: T;
  readonly subject: string;
  readonly data: EventData<T>;
}

/** A public event, checked by the compiler against its schema. */
export const publicEvent = <T extends EventType>(
  type: T,
  subject: string,
  data: EventData<T>,
): PublicEvent<T> => ({
  type,
  subject,
  data,
});

import { z } from 'zod';
import { Anomaly } from '../domain/anomaly.js';
import { BudgetStatus } from '../domain/budget.js';
import { ArtifactRefSchema, MoneySchema } from '../domain/common.js';
import { CostTotals } from '../domain/cost.js';
import { CoverageEntry } from '../domain/coverage.js';
import { ActionResult, ExecutionMode } from '../domain/plan.js';
import { Recommendation } from '../domain/recommendation.js';
import { ReportIndex } from '../domain/report.js';

/** Facts of one day in one cell, as `cost.imported` carries them: exact decimals, effective cost. */
const DailyFact = z.object({
  day: z.string(),
  accountId: z.string(),
  service: z.string(),
  billedCost: z.string(),
  effectiveCost: z.string(),
  currency: z.string(),
});

/** What the stages find out, do and report. */
export const findingEvents = {
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

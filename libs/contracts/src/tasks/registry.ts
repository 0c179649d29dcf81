import { z } from 'zod';
import { AccountId, ArtifactRefSchema, Currency, Instant, MoneySchema, Region } from '../domain/common.js';
import { Anomaly } from '../domain/anomaly.js';
import { BudgetSettings, BudgetStatus } from '../domain/budget.js';
import { CostTotals } from '../domain/cost.js';
import { CoverageEntry, Scope } from '../domain/coverage.js';
import { ActionResult, ExecutionMode } from '../domain/plan.js';
import { ReportIndex } from '../domain/report.js';
import { ScannedService } from '../domain/resource.js';
import {
  AnomalySettings,
  CloudSettings,
  CostSettings,
  ExecutionSettings,
  OptimizationSettings,
  ScanSettings,
} from '../domain/settings.js';
import { builtInTasks } from './built-in.js';

/** Counts of recommendations by check, with their net saving per month. */
export const ByCheck = z.record(z.string(), z.object({ count: z.int(), monthlySavings: MoneySchema }));

/** Moment that the run looks from: look-backs, ages and month-to-date end here. */
const asOf = Instant;

/**
 * Task types: what a stage is asked (`input`) and what it answers (`output`).
 * Task type `<service>.<action>` travels on `trimtab.cmd.<service>.<pool>.<action>`.
 */
export const taskContracts = {
  'discovery.scopes': {
    input: z.object({ cloud: CloudSettings, asOf }),
    output: z.object({
      scopes: z.array(Scope),
      regions: z.array(Region),
      /** Accounts or regions that cannot be reached, with the reason. */
      unreachable: z.array(z.object({ accountId: AccountId, region: Region.optional(), reason: z.string() })),
    }),
  },
  'discovery.inventory': {
    input: z.object({ cloud: CloudSettings, scan: ScanSettings, scope: Scope, asOf }),
    output: z.object({
      scope: Scope,
      /** NDJSON of `Resource`. */
      resources: ArtifactRefSchema,
      coverage: z.array(CoverageEntry),
      counts: z.partialRecord(ScannedService, z.int()),
    }),
  },
  'discovery.prices': {
    input: z.object({ cloud: CloudSettings, region: Region, services: z.array(ScannedService), asOf }),
    output: z.object({
      region: Region,
      /** NDJSON of `PriceEntry`. */
      prices: ArtifactRefSchema,
      /** NDJSON of `InstanceTypeSpec`. */
      instanceTypes: ArtifactRefSchema,
    }),
  },
  'discovery.costs': {
    input: z.object({ cloud: CloudSettings, costs: CostSettings, asOf }),
    output: z.object({
      /** NDJSON of `CostFact`, ordered by day. */
      facts: ArtifactRefSchema,
      firstDay: z.string(),
      lastDay: z.string(),
      totals: z.array(CostTotals),
    }),
  },
  'analysis.recommend': {
    input: z.object({
      optimization: OptimizationSettings,
      scan: ScanSettings,
      inventory: z.array(ArtifactRefSchema),
      prices: z.array(ArtifactRefSchema),
      instanceTypes: z.array(ArtifactRefSchema),
      costs: ArtifactRefSchema.nullable(),
      asOf,
    }),
    output: z.object({
      /** NDJSON of `Recommendation`, de-duplicated. */
      recommendations: ArtifactRefSchema,
      count: z.int(),
      currency: Currency,
      monthlySavings: MoneySchema,
      monthlySavingsList: MoneySchema,
      byCheck: ByCheck,
      resources: z.int(),
      /** Checks that could not be decided for some resources, for example `no-data`. */
      undecided: z.array(z.object({ checkId: z.string(), resources: z.int(), reason: z.string() })),
    }),
  },
  'anomaly.detect': {
    input: z.object({ anomaly: AnomalySettings, costs: ArtifactRefSchema, asOf }),
    output: z.object({ anomalies: z.array(Anomaly), scopes: z.int(), days: z.int() }),
  },
  'budget.evaluate': {
    input: z.object({ budgets: z.array(BudgetSettings), costs: ArtifactRefSchema, asOf }),
    output: z.object({ budgets: z.array(BudgetStatus) }),
  },
  'execution.plan': {
    input: z.object({
      execution: ExecutionSettings,
      recommendations: ArtifactRefSchema,
      inventory: z.array(ArtifactRefSchema),
      asOf,
    }),
    output: z.object({
      planId: z.string(),
      /** JSON of `ActionPlan`. */
      plan: ArtifactRefSchema,
      digest: z.string(),
      mode: ExecutionMode,
      actions: z.int(),
      byRisk: z.object({ L: z.int(), M: z.int(), H: z.int() }),
      monthlySavings: MoneySchema,
      /** Whether a person must approve: live, with any action that no policy grants. */
      needsApproval: z.boolean(),
      /** Policy that grants the plan when no person is needed. */
      grantedBy: z.enum(['dry-run', 'approve-low', 'empty-plan']).nullable(),
    }),
  },
  'execution.execute': {
    input: z.object({
      cloud: CloudSettings,
      planId: z.string(),
      plan: ArtifactRefSchema,
      digest: z.string(),
      /** Who or what granted the plan; execution refuses another digest. */
      approval: z.object({ digest: z.string(), grantedBy: z.string(), at: Instant }),
      asOf,
    }),
    output: z.object({
      mode: ExecutionMode,
      /** NDJSON of `ActionResult`. */
      results: ArtifactRefSchema,
      byStatus: z.record(z.string(), z.int()),
      monthlySavings: MoneySchema,
      failures: z.array(ActionResult),
    }),
  },
  'execution.rollback': {
    input: z.object({
      cloud: CloudSettings,
      actionIds: z.array(z.string()).min(1),
      requestedBy: z.string(),
      asOf,
    }),
    output: z.object({ results: z.array(ActionResult) }),
  },
  'reporting.compile': {
    input: z.object({
      runId: z.string(),
      mode: ExecutionMode,
      coverage: z.array(CoverageEntry),
      resourceCounts: z.partialRecord(ScannedService, z.int()),
      costs: ArtifactRefSchema.nullable(),
      recommendations: ArtifactRefSchema.nullable(),
      anomalies: z.array(Anomaly),
      budgets: z.array(BudgetStatus),
      plan: ArtifactRefSchema.nullable(),
      results: ArtifactRefSchema.nullable(),
      failedTasks: z.array(z.object({ taskId: z.string(), message: z.string() })),
      asOf,
    }),
    output: ReportIndex,
  },
  ...builtInTasks,
} as const;

export type TaskType = keyof typeof taskContracts;
export type TaskInput<T extends TaskType> = z.infer<(typeof taskContracts)[T]['input']>;
export type TaskOutput<T extends TaskType> = z.infer<(typeof taskContracts)[T]['output']>;

import { z } from 'zod';
import { AccountId, Region } from './common.js';
import { BudgetSettings } from './budget.js';
import { ExecutionMode } from './plan.js';
import { Risk } from './recommendation.js';
import { ScannedService } from './resource.js';

export const AccountSettings = z.strictObject({
  id: AccountId,
  name: z.string().min(1),
  /** Role to assume for reading; without it the base credentials are used. */
  readRoleArn: z.string().optional(),
  /** Separate role for live actions. */
  actRoleArn: z.string().optional(),
});

export const CloudSettings = z.strictObject({
  /** Endpoint of every AWS API (a simulated account); absent = AWS. */
  endpoint: z.url().optional(),
  accounts: z.array(AccountSettings).min(1),
  regions: z.array(Region).min(1),
});
export type CloudSettings = z.infer<typeof CloudSettings>;

export const ScanSettings = z.strictObject({
  services: z
    .array(ScannedService)
    .min(1)
    .default([...ScannedService.options]),
  lookbackDays: z.int().min(7).max(63).default(14),
});

/** Thresholds of one check; a check's how-to lists its names and defaults. */
export const Thresholds = z.record(z.string(), z.number());

export const OptimizationSettings = z.strictObject({
  /** Checks that do not run, by id. */
  disabledChecks: z.array(z.string()).default([]),
  /** Per check: its own thresholds; `regions.<region>.<check>` overrides them for one region. */
  thresholds: z.record(z.string(), Thresholds).default({}),
  regions: z.record(Region, z.record(z.string(), Thresholds)).default({}),
  /** Smallest net monthly saving that is worth a recommendation, in the bill's currency. */
  minimumMonthlySavings: z.number().nonnegative().default(0),
  exemptTag: z.string().default('finops:exempt'),
  /** Which engine chooses among the findings: `built-in`, or one of a plugin. */
  engine: z.string().default('built-in'),
});
export type OptimizationSettings = z.infer<typeof OptimizationSettings>;

export const AnomalySettings = z.strictObject({
  /** Smallest impact per event in the bill's currency, and as a share of the expected cost. */
  minimumImpact: z.number().nonnegative().default(50),
  minimumImpactShare: z.number().nonnegative().default(0.1),
  minimumScore: z.number().positive().default(4),
  windowDays: z.int().positive().default(60),
  /** `built-in`, or one of a plugin. */
  engine: z.string().default('built-in'),
});
export type AnomalySettings = z.infer<typeof AnomalySettings>;

export const ExecutionSettings = z.strictObject({
  mode: ExecutionMode.default('dry-run'),
  /** Live actions of risk L are granted by the policy `approve-low`. */
  approveLow: z.boolean().default(false),
  /** Actions above this risk are left out of the plan (X is advice and never planned). */
  maxRisk: Risk.exclude(['X']).default('H'),
  maxActionsPerRun: z.int().positive().default(500),
});
export type ExecutionSettings = z.infer<typeof ExecutionSettings>;

export const CostSettings = z.strictObject({
  source: z.enum(['cost-explorer', 'imported']).default('cost-explorer'),
  historyDays: z.int().min(14).max(400).default(120),
});

/** What a run needs to know: pinned in the run's input, so that every run can be repeated and explained. */
export const Settings = z.strictObject({
  cloud: CloudSettings,
  scan: ScanSettings.prefault({}),
  costs: CostSettings.prefault({}),
  optimization: OptimizationSettings.prefault({}),
  anomaly: AnomalySettings.prefault({}),
  budgets: z.array(BudgetSettings).default([]),
  execution: ExecutionSettings.prefault({}),
});
export type Settings = z.infer<typeof Settings>;

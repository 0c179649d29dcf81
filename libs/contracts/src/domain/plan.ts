import { z } from 'zod';
import { AccountId, ErrorInfoSchema, Instant, MoneySchema, Region } from './common.js';
import { ProposedAction, Risk } from './recommendation.js';

export const ExecutionMode = z.enum(['dry-run', 'live']);
export type ExecutionMode = z.infer<typeof ExecutionMode>;

export const PlannedAction = z.object({
  /** Stable for the same plan content. */
  id: z.string(),
  recommendationId: z.string(),
  checkId: z.string(),
  resource: z.object({
    arn: z.string(),
    id: z.string(),
    type: z.string(),
    accountId: AccountId,
    region: Region,
  }),
  action: ProposedAction,
  risk: Risk,
  /** What must still hold just before the act, from the inventory: `{ state: 'running', instanceType: 'm5.xlarge' }`. */
  preconditions: z.record(z.string(), z.unknown()),
  monthlySavings: MoneySchema,
});
export type PlannedAction = z.infer<typeof PlannedAction>;

/** One plan object for dry run and live run; `digest` identifies exactly what is approved. */
export const ActionPlan = z.object({
  id: z.string(),
  runId: z.string(),
  mode: ExecutionMode,
  createdAt: Instant,
  actions: z.array(PlannedAction),
  /** Recommendations that no action was planned for, with the reason (advice only, risk above the limit …). */
  excluded: z.array(z.object({ recommendationId: z.string(), reason: z.string() })),
  monthlySavings: MoneySchema,
  /** `sha256:<hex>` over mode and actions. */
  digest: z.string(),
});
export type ActionPlan = z.infer<typeof ActionPlan>;

export const ActionStatus = z.enum([
  'planned',
  'skipped',
  'precondition-failed',
  'executed',
  'verified',
  'verification-failed',
  'failed',
  'rolled-back',
  'rollback-failed',
]);

/** What happened to one action. In a dry run the same steps run against a predicted state. */
export const ActionResult = z.object({
  actionId: z.string(),
  recommendationId: z.string(),
  resourceArn: z.string(),
  kind: z.string(),
  mode: ExecutionMode,
  status: ActionStatus,
  /** The recorded way back, stored before the act. */
  rollback: z.object({ possible: z.boolean(), steps: z.array(z.string()), note: z.string().optional() }),
  steps: z.array(z.object({ name: z.string(), at: Instant, detail: z.string().optional() })),
  monthlySavings: MoneySchema,
  error: ErrorInfoSchema.optional(),
});
export type ActionResult = z.infer<typeof ActionResult>;

import { z } from 'zod';
import { AccountId, Instant, MoneySchema, Region, TagMap } from './common.js';

export const Risk = z.enum(['L', 'M', 'H', 'X']);
export type Risk = z.infer<typeof Risk>;

/** One fact that a recommendation stands on: a metric, an attribute, a price or an age, with its threshold. */
export const Evidence = z.object({
  kind: z.enum(['metric', 'attribute', 'price', 'cost', 'age']),
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
  unit: z.string().optional(),
  threshold: z.union([z.string(), z.number()]).optional(),
  /** For a metric: how many of the expected datapoints were there. */
  datapoints: z.object({ present: z.int(), expected: z.int() }).optional(),
  period: z.object({ start: Instant, end: Instant }).optional(),
});
export type Evidence = z.infer<typeof Evidence>;

export const ActionKind = z.enum([
  'ec2.stop-instance',
  'ec2.terminate-instance',
  'ec2.resize-instance',
  'ebs.delete-volume',
  'ebs.modify-volume',
  'ebs.delete-snapshot',
  'ec2.release-address',
  'rds.stop-instance',
  'rds.modify-storage',
  'lambda.reserve-zero-concurrency',
  's3.put-lifecycle',
  'elb.delete-load-balancer',
  'logs.put-retention',
  'advice',
]);
export type ActionKind = z.infer<typeof ActionKind>;

/** What would be done; `parameters` are the action's own (for example `{ instanceType: 'm5.large' }`). */
export const ProposedAction = z.object({
  kind: ActionKind,
  parameters: z.record(z.string(), z.unknown()),
});
export type ProposedAction = z.infer<typeof ProposedAction>;

export const Recommendation = z.object({
  /** Stable for the same check and resource: `<check>:<arn>`. */
  id: z.string(),
  checkId: z.string(),
  title: z.string(),
  resource: z.object({
    arn: z.string(),
    id: z.string(),
    type: z.string(),
    accountId: AccountId,
    region: Region,
    name: z.string().optional(),
    tags: TagMap,
  }),
  action: ProposedAction,
  risk: Risk,
  /** Saving per month at list prices. */
  monthlySavingsList: MoneySchema,
  /** Saving per month at the effective rate that the bill shows (commitments and discounts counted). */
  monthlySavingsNet: MoneySchema,
  /** Where the net rate comes from: the bill, or the list price when the bill has no such usage. */
  rateSource: z.enum(['bill', 'list']),
  /** The formula with its numbers filled in. */
  formula: z.string(),
  evidence: z.array(Evidence).min(1),
  /** For example `cpu-only` when memory is not measured. */
  confidence: z.enum(['high', 'medium', 'low']),
  notes: z.array(z.string()),
  /** Findings on the same resource that this one stands for (de-duplication). */
  supersedes: z.array(z.object({ checkId: z.string(), monthlySavingsNet: MoneySchema })),
});
export type Recommendation = z.infer<typeof Recommendation>;

import { z } from 'zod';
import { Instant } from './common.js';

/** The workers of a service that share a queue, as the engine knows them now. */
export const PoolView = z.object({
  service: z.string(),
  pool: z.string(),
  taskTypes: z.array(z.string()),
  /** Healthy instances, and all that are known. */
  workers: z.int(),
  instances: z.int(),
  capacity: z.int(),
  inFlight: z.int(),
  /** `inFlight` as a share of `capacity`. */
  load: z.number(),
  /** Commands that wait for a worker. */
  lag: z.int(),
  /** Mean milliseconds of a task lately; null while nothing is known. */
  latencyMs: z.number().nullable(),
  /** Share of the tasks that failed lately. */
  errorRate: z.number(),
});
export type PoolView = z.infer<typeof PoolView>;

/** A routing policy with what it applies to. */
export const PolicyView = z.object({
  name: z.string(),
  algorithm: z.string(),
  enabled: z.boolean(),
  default: z.boolean(),
  /** Task types, or `service.*`. */
  tasks: z.array(z.string()),
  pools: z.array(z.string()),
  rule: z.string().nullable(),
});
export type PolicyView = z.infer<typeof PolicyView>;

/** An adaptive trigger and whether it is on. */
export const TriggerView = z.object({
  name: z.string(),
  service: z.string(),
  metric: z.string(),
  enter: z.number(),
  leave: z.number(),
  enabled: z.boolean(),
  on: z.boolean(),
  since: Instant.nullable(),
  reason: z.string().nullable(),
  actions: z.array(z.string()),
});
export type TriggerView = z.infer<typeof TriggerView>;

export const PolicyReport = z.object({
  discovery: z.string(),
  policies: z.array(PolicyView),
  triggers: z.array(TriggerView),
});
export type PolicyReport = z.infer<typeof PolicyReport>;

const Line = z.object({ at: Instant, text: z.string() });

/** Why a run went as it did, in plain words, from its stored events. */
export const Explanation = z.object({
  runId: z.string(),
  workflow: z.string(),
  status: z.string(),
  /** What the run as a whole did: started, adapted, paused, ended. */
  lines: z.array(Line),
  tasks: z.array(
    z.object({
      task: z.string(),
      uses: z.string(),
      status: z.string(),
      lines: z.array(Line),
      /** What it waits for now; null when it is over. */
      waitsFor: z.string().nullable(),
    }),
  ),
});
export type Explanation = z.infer<typeof Explanation>;

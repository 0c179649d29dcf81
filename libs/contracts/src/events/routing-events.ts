import { z } from 'zod';
import { Instant } from '../domain/common.js';

const task = { runId: z.string(), taskId: z.string(), uses: z.string() };

/** Where tasks went and why, and what the engine changed because of load, latency or errors. */
export const routingEvents = {
  /** An attempt went elsewhere than to the default pool of the service that its type names. */
  'trimtab.task.routed.v1': z.object({
    ...task,
    attempt: z.int(),
    service: z.string(),
    pool: z.string(),
    /** Name of the policy that chose, or `discovery` when only one place offers the type. */
    policy: z.string(),
    reason: z.string(),
    /** Pool of the attempt before, when this one was sent elsewhere because of what became of it. */
    reroutedFrom: z.string().nullable(),
    at: Instant,
  }),
  /** A policy could not be followed; what applied instead is in `reason`. */
  'trimtab.policy.violated.v1': z.object({
    policy: z.string(),
    violation: z.string(),
    reason: z.string(),
    runId: z.string().nullable(),
    taskId: z.string().nullable(),
    at: Instant,
  }),
  /** A trigger changed how the engine works, or took that back when the cause had gone. */
  'trimtab.policy.adapted.v1': z.object({
    policy: z.string(),
    phase: z.enum(['entered', 'left']),
    /** What was done, for example `prefer-pool`, `concurrency`, `skip-optional`, `branch`, `scale-hint`. */
    action: z.string(),
    service: z.string(),
    pool: z.string().nullable(),
    reason: z.string(),
    /** The run that was changed; null for what concerns all. */
    runId: z.string().nullable(),
    tasks: z.array(z.string()),
    at: Instant,
  }),
  /** How many workers a pool should have for what it has to do. */
  'trimtab.service.scale-hint.v1': z.object({
    service: z.string(),
    pool: z.string(),
    /** Commands that wait for a worker. */
    lag: z.int().nonnegative(),
    /** Tasks in flight as a share of what the pool's workers take at the same time. */
    load: z.number().nonnegative(),
    desiredWorkers: z.int().nonnegative(),
    reason: z.string(),
    at: Instant,
  }),
  /** Workers of a pool were started or stopped. */
  'trimtab.service.scaled.v1': z.object({
    service: z.string(),
    pool: z.string(),
    from: z.int(),
    to: z.int(),
    reason: z.string(),
    at: Instant,
  }),
} as const;

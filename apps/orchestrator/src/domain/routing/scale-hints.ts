import type { ScalingSettings } from '@trimtab/contracts';
import { poolKey } from './worker-pools.js';
import type { Directory, WorkerPool } from './worker-pools.js';

/** How many workers a pool should have. */
export interface ScaleHint {
  readonly service: string;
  readonly pool: string;
  readonly lag: number;
  readonly load: number;
  readonly desiredWorkers: number;
  readonly reason: string;
}

/** What was said last about a pool. */
export interface Hinted {
  readonly desiredWorkers: number;
  readonly atMs: number;
}

/** Milliseconds of a task that nobody has measured yet. */
const UNKNOWN_TASK_MS = 1_000;

/**
 * Workers that a pool needs to work off what it has within the target: ⌈(lag + in flight) · mean task time ÷ (target ·
 * concurrency of a worker)⌉ (Little's law), and at least as many as hold what is in flight.
 */
export function desiredWorkers(
  pool: WorkerPool,
  { targetSeconds, minWorkers, maxWorkers }: ScalingSettings,
): number {
  const each = Math.max(1, pool.capacity / Math.max(1, pool.workers));
  const seconds = (pool.latencyMs ?? UNKNOWN_TASK_MS) / 1_000;
  const forBacklog = Math.ceil(((pool.lag + pool.inFlight) * seconds) / (targetSeconds * each));
  const forFlight = Math.ceil(pool.inFlight / each);
  return Math.min(maxWorkers, Math.max(minWorkers, forBacklog, forFlight));
}

/** What is to be said now: when a pool should have another number of workers, not again within the cool-down. */
export function scaleHints(
  { pools }: Directory,
  settings: ScalingSettings,
  hinted: ReadonlyMap<string, Hinted>,
  nowMs: number,
): ScaleHint[] {
  if (!settings.enabled) return [];
  return [...pools.values()].flatMap((pool) => {
    const before = hinted.get(poolKey(pool.service, pool.pool));
    const desired = desiredWorkers(pool, settings);
    // A pool that nobody asked to grow is as large as its operator wants it.
    const asked = before !== undefined || pool.lag > 0;
    const quiet = before !== undefined && nowMs - before.atMs < settings.coolDownSeconds * 1_000;
    if (!asked || quiet || desired === pool.workers) return [];
    return [hintOf(pool, desired, settings.targetSeconds)];
  });
}

const hintOf = (
  { service, pool, lag, load, inFlight, workers }: WorkerPool,
  desired: number,
  target: number,
): ScaleHint => ({
  service,
  pool,
  lag,
  load,
  desiredWorkers: desired,
  reason: `${lag} commands wait and ${inFlight} are in hand: ${desired} workers instead of ${workers} finish them within ${target} s`,
});

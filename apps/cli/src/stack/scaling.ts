export interface WorkerLimits {
  readonly min: number;
  readonly max: number;
}

export interface PoolSize {
  readonly workers: number;
  /** Milliseconds; -Infinity when it never changed. */
  readonly changedAtMs: number;
}

/**
 * The number of workers that follows from a hint; undefined when nothing is to change. Growing is never put off, because
 * work waits; shrinking only after the cool-down, because starting again costs more than idling.
 */
export function nextSize(
  desired: number,
  { workers, changedAtMs }: PoolSize,
  { min, max }: WorkerLimits,
  coolDownMs: number,
  nowMs: number,
): number | undefined {
  const target = Math.min(max, Math.max(min, desired));
  if (target === workers) return undefined;
  if (target < workers && nowMs - changedAtMs < coolDownMs) return undefined;
  return target;
}

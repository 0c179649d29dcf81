import type { TrackedInstance } from './instance-tracking.js';

/** One pool of one service: the workers that share a queue. */
export interface WorkerPool {
  readonly service: string;
  readonly pool: string;
  readonly taskTypes: ReadonlySet<string>;
  /** Healthy instances. */
  readonly workers: number;
  /** All instances that are known. */
  readonly instances: number;
  /** Tasks that its healthy workers take at the same time. */
  readonly capacity: number;
  readonly inFlight: number;
  /** `inFlight` as a share of `capacity`. */
  readonly load: number;
  /** Commands that wait for a worker. */
  readonly lag: number;
  /** Mean milliseconds of a task lately; undefined while nothing is known. */
  readonly latencyMs: number | undefined;
  /** Share of the tasks that failed lately. */
  readonly errorRate: number;
}

/** Who is there, as far as it was known at one instant. Immutable. */
export interface Directory {
  readonly atMs: number;
  readonly pools: ReadonlyMap<string, WorkerPool>;
  /** Healthy pools by the task types that they offer, ordered by name. */
  readonly offers: ReadonlyMap<string, readonly WorkerPool[]>;
}

export const NOBODY: Directory = { atMs: -Infinity, pools: new Map(), offers: new Map() };

/** `service/pool`: how a pool is named among those of all services. */
export const poolKey = (service: string, pool: string): string => `${service}/${pool}`;

/** Capacity of a worker that does not say. */
const UNKNOWN_CONCURRENCY = 1;

/** Puts instances together by service and pool; an instance that two sources know counts once, and must please both. */
export function directoryOf(
  instances: Iterable<TrackedInstance>,
  lags: ReadonlyMap<string, number>,
  atMs: number,
): Directory {
  const groups = new Map<string, TrackedInstance[]>();
  for (const instance of onePerInstance(instances)) {
    const { service, pool } = instance.sighting;
    const key = poolKey(service, pool);
    groups.set(key, [...(groups.get(key) ?? []), instance]);
  }
  const pools = new Map([...groups].sort(byName).map(([key, group]) => [key, poolOf(group, lags.get(key))]));
  return { atMs, pools, offers: offersOf(pools.values()) };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function onePerInstance(instances: Iterable<TrackedInstance>): Iterable<TrackedInstance> {
  const found = new Map<string, TrackedInstance>();
  for (const one of instances) {
    const { service, instance } = one.sighting;
    const other = found.get(`${service}/${instance}`);
    const measured = other?.sighting.counters ? other : one;
    found.set(`${service}/${instance}`, {
      ...measured,
      healthy: one.healthy && (other?.healthy ?? true),
    });
  }
  return found.values();
}

function poolOf(group: readonly TrackedInstance[], lag = 0): WorkerPool {
  const [{ sighting }] = group as [TrackedInstance];
  const healthy = group.filter((one) => one.healthy);
  const sum = (of: (one: TrackedInstance) => number): number =>
    healthy.reduce((total, one) => total + of(one), 0);
  const capacity = sum((one) => one.sighting.concurrency ?? UNKNOWN_CONCURRENCY);
  const inFlight = sum((one) => one.sighting.inFlight ?? 0);
  const measured = healthy.filter((one) => one.latencyMs !== undefined);
  const mean = (of: (one: TrackedInstance) => number): number =>
    measured.reduce((total, one) => total + of(one), 0) / Math.max(1, measured.length);
  return {
    service: sighting.service,
    pool: sighting.pool,
    taskTypes: new Set(healthy.flatMap((one) => one.sighting.taskTypes)),
    workers: healthy.length,
    instances: group.length,
    capacity,
    inFlight,
    load: capacity === 0 ? 0 : inFlight / capacity,
    lag,
    latencyMs: measured.length === 0 ? undefined : mean((one) => one.latencyMs ?? 0),
    errorRate: mean((one) => one.errorRate),
  };
}

function offersOf(pools: Iterable<WorkerPool>): Map<string, WorkerPool[]> {
  const offers = new Map<string, WorkerPool[]>();
  for (const pool of pools)
    for (const type of pool.taskTypes) offers.set(type, [...(offers.get(type) ?? []), pool]);
  return offers;
}

/** Whether somebody healthy offers a task type; undefined when nobody who does was ever seen. */
export function isOfferedIn({ pools, offers }: Directory, uses: string): boolean | undefined {
  if (offers.has(uses)) return true;
  return [...pools.values()].some(({ taskTypes }) => taskTypes.has(uses)) ? false : undefined;
}

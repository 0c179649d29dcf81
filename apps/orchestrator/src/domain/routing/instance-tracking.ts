/** What a source said about one running instance at one look. Counters grow from the instance's start on. */
export interface Sighting {
  readonly source: 'nats' | 'consul';
  readonly service: string;
  readonly instance: string;
  readonly pool: string;
  readonly taskTypes: readonly string[];
  readonly ready: boolean;
  /** Tasks at the same time; undefined when the source does not say. */
  readonly concurrency?: number;
  readonly inFlight?: number;
  readonly counters?: {
    readonly requests: number;
    readonly errors: number;
    readonly processingMs: number;
  };
}

/** Numbers count looks, so that one bad answer changes nothing. */
export interface HealthRules {
  readonly expireAfter: number;
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
}

/** One instance over several looks. */
export interface TrackedInstance {
  readonly sighting: Sighting;
  readonly healthy: boolean;
  /** Answers in a row that contradict `healthy`. */
  readonly against: number;
  readonly missed: number;
  /** Mean milliseconds of the tasks that ended between the last looks; undefined while nothing is known. */
  readonly latencyMs: number | undefined;
  /** Share of those tasks that failed. */
  readonly errorRate: number;
  /** When tasks were last seen to end. */
  readonly measuredAtMs: number;
}

/** The newest measurement counts as much as all before it. */
const NEWEST = 0.5;
/** What was measured so long ago says nothing any more. */
const FORGOTTEN_MS = 60_000;

/** An instance that is gone is known for so many times longer, so that one that comes and goes is not new each time. */
const REMEMBERED = 10;

/** What is known after another look; instances that gave no answer for too long are unhealthy, then forgotten. */
export function track(
  known: ReadonlyMap<string, TrackedInstance>,
  sightings: readonly Sighting[],
  nowMs: number,
  rules: HealthRules,
): Map<string, TrackedInstance> {
  const next = new Map<string, TrackedInstance>();
  for (const sighting of sightings) {
    const key = keyOf(sighting);
    const before = known.get(key);
    next.set(key, before ? again(before, sighting, nowMs, rules) : first(sighting, nowMs));
  }
  for (const [key, before] of known) {
    const missed = before.missed + 1;
    if (next.has(key) || missed >= rules.expireAfter * REMEMBERED) continue;
    next.set(key, { ...before, missed, healthy: before.healthy && missed < rules.expireAfter });
  }
  return next;
}

const keyOf = ({ source, service, instance }: Sighting): string => `${source}/${service}/${instance}`;

const first = (sighting: Sighting, nowMs: number): TrackedInstance => ({
  sighting,
  healthy: sighting.ready,
  against: 0,
  missed: 0,
  latencyMs: undefined,
  errorRate: 0,
  measuredAtMs: nowMs,
});

function again(
  before: TrackedInstance,
  sighting: Sighting,
  nowMs: number,
  rules: HealthRules,
): TrackedInstance {
  return { sighting, missed: 0, ...health(before, sighting, rules), ...measures(before, sighting, nowMs) };
}

/** Changes only when enough answers in a row say so: an instance that flaps stays what it was. */
function health(
  { healthy, against, missed }: TrackedInstance,
  { ready }: Sighting,
  rules: HealthRules,
): Pick<TrackedInstance, 'healthy' | 'against'> {
  if (ready === healthy && missed === 0) return { healthy, against: 0 };
  if (ready === healthy) return { healthy, against };
  const needed = healthy ? rules.unhealthyAfter : rules.healthyAfter;
  return against + 1 >= needed ? { healthy: ready, against: 0 } : { healthy, against: against + 1 };
}

/** What changed between two looks; a counter that went back belongs to an instance that started again. */
function measures(
  before: TrackedInstance,
  { counters }: Sighting,
  nowMs: number,
): Pick<TrackedInstance, 'latencyMs' | 'errorRate' | 'measuredAtMs'> {
  const { latencyMs, errorRate, measuredAtMs } = before;
  const then = before.sighting.counters;
  const done = counters && then ? counters.requests - then.requests : 0;
  if (!counters || !then || done <= 0) {
    if (nowMs - measuredAtMs <= FORGOTTEN_MS) return { latencyMs, errorRate, measuredAtMs };
    return { latencyMs: undefined, errorRate: 0, measuredAtMs };
  }
  const took = Math.max(0, counters.processingMs - then.processingMs) / done;
  const failed = Math.min(1, Math.max(0, (counters.errors - then.errors) / done));
  return {
    latencyMs: latencyMs === undefined ? took : latencyMs + (took - latencyMs) * NEWEST,
    errorRate: latencyMs === undefined ? failed : errorRate + (failed - errorRate) * NEWEST,
    measuredAtMs: nowMs,
  };
}

import { hashText, unit } from './random.js';
import { DAY, FIVE_MINUTES, signal } from './signals.js';
import type { Signals } from './signals.js';
import { dailyWave, weekFactor } from './usage-curve.js';
import type { Bucket, LambdaFunction, LoadBalancer, LogGroup, TargetGroup, World } from './world.js';

/** Local names: the sandbox that tests run in makes every look-up of a global slow, and these run a million times. */
const { floor, round } = Math;

const STEPS_PER_DAY = DAY / FIVE_MINUTES;

/** A day's amount spread over its five-minute steps: people by day, fewer at weekends, some noise. */
function traffic(seed: number, perDay: number, region: string): (time: number) => number {
  return (time) => {
    const wave = 0.3 + 1.4 * dailyWave(time, region);
    const noise = 0.95 + 0.1 * unit(seed, floor(time / FIVE_MINUTES));
    return (perDay / STEPS_PER_DAY) * wave * noise * (0.4 + 0.6 * weekFactor(time, region));
  };
}

/** No invocation, no datapoint. */
export function functionSignals(world: World, fn: LambdaFunction): Signals {
  if (fn.invocationsPerDay === 0) return {};
  const frame = { world, id: fn.name, from: 0 };
  const seed = hashText(world.seed, fn.name);
  const calls = traffic(seed, fn.invocationsPerDay, fn.region);
  const counted = (name: string, share: number) => () =>
    signal(frame, name, (time) => round(calls(time) * share), { samples: 1, spread: 0 });
  return {
    Invocations: counted('invocations', 1),
    Errors: counted('errors', 0.002),
    Throttles: counted('throttles', 0),
    Duration: () =>
      signal(
        frame,
        'duration',
        (time) => fn.averageDurationMs * (0.9 + 0.2 * unit(seed, time / FIVE_MINUTES)),
        {
          spread: 1.5,
          ceiling: fn.timeout * 1000 * 0.9,
        },
      ),
  };
}

/** One point a day at midnight, as S3 reports its storage. */
export function bucketSignals(world: World, bucket: Bucket, storageType: string): Signals {
  const frame = { world, id: bucket.name, from: bucket.creationDate };
  const daily = { step: DAY, samples: 1, spread: 0 };
  const growth = (time: number) => 1 - 0.0006 * ((world.now - time) / DAY);
  if (storageType === 'StandardStorage') {
    return {
      BucketSizeBytes: () => signal(frame, 'size', (time) => round(bucket.sizeBytes * growth(time)), daily),
    };
  }
  if (storageType !== 'AllStorageTypes') return {};
  return {
    NumberOfObjects: () => signal(frame, 'objects', (time) => round(bucket.objects * growth(time)), daily),
  };
}

/** No request, no datapoint. */
export function balancerSignals(world: World, balancer: LoadBalancer): Signals {
  if (balancer.requestsPerDay === 0) return {};
  const frame = { world, id: balancer.arn, from: balancer.createdTime };
  const requests = traffic(hashText(world.seed, balancer.arn), balancer.requestsPerDay, balancer.region);
  const perMinute = (name: string, factor: number) => () =>
    signal(frame, name, (time) => (requests(time) / 5) * factor);
  if (balancer.type === 'network') {
    return {
      NewFlowCount: perMinute('flows', 1),
      ActiveFlowCount: perMinute('active', 0.4),
      ProcessedBytes: perMinute('bytes', 20_000),
    };
  }
  return { RequestCount: perMinute('requests', 1), ProcessedBytes: perMinute('bytes', 20_000) };
}

export function targetSignals(world: World, group: TargetGroup, balancer: LoadBalancer): Signals {
  if (group.targets.length === 0) return {};
  const frame = { world, id: group.arn, from: balancer.createdTime };
  const count = (health: string) => group.targets.filter((target) => target.health === health).length;
  return {
    HealthyHostCount: () => signal(frame, 'healthy', () => count('healthy'), { spread: 0 }),
    UnHealthyHostCount: () => signal(frame, 'unhealthy', () => count('unhealthy'), { spread: 0 }),
  };
}

export function logSignals(world: World, group: LogGroup): Signals {
  if (group.incomingBytesPerDay === 0) return {};
  const frame = { world, id: group.name, from: group.creationTime };
  const seed = hashText(world.seed, group.name);
  const usual = traffic(seed, group.incomingBytesPerDay, group.region);
  const shift = group.incomingShift;
  const extra = shift ? shift.extraBytesPerDay / STEPS_PER_DAY : 0;
  const bytes = (time: number) => round(usual(time) + (shift && time >= shift.from ? extra : 0));
  return {
    IncomingBytes: () => signal(frame, 'bytes', bytes, { samples: 1, spread: 0 }),
    IncomingLogEvents: () =>
      signal(frame, 'events', (time) => round(bytes(time) / 400), { samples: 1, spread: 0 }),
  };
}

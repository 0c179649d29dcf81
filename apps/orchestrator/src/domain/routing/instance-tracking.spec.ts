import { describe, expect, it } from '@jest/globals';
import { track } from './instance-tracking.js';
import type { Sighting, TrackedInstance } from './instance-tracking.js';
import { directoryOf } from './worker-pools.js';

const RULES = { expireAfter: 3, unhealthyAfter: 2, healthyAfter: 2 };
const seen = (over: Partial<Sighting> = {}): Sighting => ({
  source: 'nats',
  service: 'test',
  instance: 'one',
  pool: 'default',
  taskTypes: ['test.work'],
  ready: true,
  concurrency: 4,
  inFlight: 1,
  ...over,
});

/** What is known after these looks, one a second. */
const after = (...looks: (readonly Sighting[])[]): Map<string, TrackedInstance> =>
  looks.reduce(
    (known, sightings, i) => track(known, sightings, i * 1_000, RULES),
    new Map<string, TrackedInstance>(),
  );
const healthy = (...looks: (readonly Sighting[])[]): boolean | undefined =>
  [...after(...looks).values()][0]?.healthy;
const counted = (requests: number, errors: number, processingMs: number): Sighting =>
  seen({ counters: { requests, errors, processingMs } });

describe('health of an instance', () => {
  const [up, down, gone] = [[seen()], [seen({ ready: false })], []];

  it('is believed at first sight, and changed by several answers in a row only', () => {
    expect(healthy(up)).toBe(true);
    expect(healthy(up, down)).toBe(true);
    expect(healthy(up, down, down)).toBe(false);
    expect(healthy(up, down, down, up)).toBe(false);
    expect(healthy(up, down, down, up, up)).toBe(true);
  });

  it('does not flap when the answers do', () => {
    expect(healthy(up, ...Array.from({ length: 20 }, (_, i) => (i % 2 ? up : down)))).toBe(true);
    expect(healthy(down, ...Array.from({ length: 20 }, (_, i) => (i % 2 ? down : up)))).toBe(false);
  });

  it('ends after three refreshes without an answer, and comes back after two with one', () => {
    expect(healthy(up, gone, gone)).toBe(true);
    expect(healthy(up, gone, gone, gone)).toBe(false);
    expect(healthy(up, gone, gone, gone, up)).toBe(false);
    expect(healthy(up, gone, gone, gone, up, up)).toBe(true);
    expect(after(up, ...Array.from({ length: 40 }, () => gone)).size).toBe(0);
  });
});

describe('what is measured of an instance', () => {
  const measured = (...looks: Sighting[]) => [...after(...looks.map((one) => [one])).values()][0];

  it('comes from what changed between two looks', () => {
    expect(measured(counted(100, 50, 1e6))).toMatchObject({ latencyMs: undefined, errorRate: 0 });
    expect(measured(counted(100, 50, 1e6), counted(110, 55, 1e6 + 200))).toMatchObject({
      latencyMs: 20,
      errorRate: 0.5,
    });
  });

  it('is smoothed, and begins anew with the counters', () => {
    const looks = [counted(0, 0, 0), counted(1, 0, 10), counted(2, 0, 40)];
    expect(measured(...looks)?.latencyMs).toBe(20);
    expect(measured(...looks, counted(0, 0, 0), counted(1, 0, 40))?.latencyMs).toBe(30);
  });

  it('is forgotten when nothing was done for a minute', () => {
    const idle = Array.from({ length: 70 }, () => counted(1, 0, 10));
    expect(measured(counted(0, 0, 0), ...idle)?.latencyMs).toBeUndefined();
  });
});

describe('a directory', () => {
  it('puts instances together by pool, and offers only what healthy ones can do', () => {
    const known = after([
      seen(),
      seen({ instance: 'two', inFlight: 3 }),
      seen({ instance: 'three', pool: 'gpu', taskTypes: ['test.work', 'test.render'] }),
      seen({ instance: 'four', pool: 'sick', ready: false }),
    ]);
    const directory = directoryOf(known.values(), new Map([['test/default', 9]]), 0);
    expect(directory.pools.get('test/default')).toMatchObject({
      workers: 2,
      capacity: 8,
      inFlight: 4,
      load: 0.5,
      lag: 9,
    });
    expect(directory.pools.get('test/sick')).toMatchObject({ workers: 0, instances: 1 });
    expect(directory.offers.get('test.work')?.map(({ pool }) => pool)).toEqual(['default', 'gpu']);
    expect(directory.offers.get('test.render')?.map(({ pool }) => pool)).toEqual(['gpu']);
  });

  it('counts an instance that two sources know once, and only when it pleases both', () => {
    const both = after([seen(), seen({ source: 'consul', concurrency: undefined, ready: false })]);
    expect(directoryOf(both.values(), new Map(), 0).pools.get('test/default')).toMatchObject({
      workers: 0,
      instances: 1,
    });
  });
});

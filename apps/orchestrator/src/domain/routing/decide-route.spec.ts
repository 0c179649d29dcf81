import { describe, expect, it } from '@jest/globals';
import { PolicySettings } from '@trimtab/contracts';
import type { Route } from '@trimtab/workflow';
import fc from 'fast-check';
import { newCounters } from './choose-pool.js';
import { decideRoute } from './decide-route.js';
import type { Preference, RouteQuestion } from './decide-route.js';
import { compilePolicies } from './policies.js';
import type { Directory, WorkerPool } from './worker-pools.js';

const pool = (name: string, over: Partial<WorkerPool> = {}): WorkerPool => ({
  ...{ service: 'test', pool: name, taskTypes: new Set(['test.work']), workers: 1, instances: 1 },
  ...{ capacity: 8, inFlight: 0, load: 0, lag: 0, latencyMs: 100, errorRate: 0 },
  ...over,
});

const directory = (...pools: WorkerPool[]): Directory => ({
  atMs: 0,
  pools: new Map(pools.map((one) => [`${one.service}/${one.pool}`, one])),
  offers: new Map([['test.work', pools.filter(({ workers }) => workers > 0)]]),
});

const question = (over: Partial<RouteQuestion> = {}): RouteQuestion => ({
  ...{ task: 'a', uses: 'test.work', attempt: 1, runId: 'r1', workflow: 'flow', labels: {} },
  ...over,
});

/** A router with these policies; the default one is `p`. */
function router(
  p: object | undefined,
  { preferences = new Map<string, Preference>(), more = {}, fresh = true } = {},
): (pools: Directory, asked?: Partial<RouteQuestion>) => Route {
  const settings = PolicySettings.parse(p ? { default: 'p', named: { p, ...more } } : { named: more });
  const { policies, problems } = compilePolicies(settings);
  expect(problems).toEqual([]);
  const counters = newCounters();
  return (pools, asked) =>
    decideRoute({ policies, directory: pools, preferences, fresh }, question(asked), counters);
}

const placeOf = (route: Route): string => (route.to === 'wait' ? `wait for ${route.on}` : route.pool);
const recordOf = (route: Route) => (route.to === 'pool' ? route.record : undefined);

describe('without policies', () => {
  const route = router(undefined);

  it('a task goes to the default pool of its service, without a record', () => {
    const plain = { to: 'pool', pool: 'default' };
    expect(route(directory(pool('default'), pool('gpu')))).toEqual(plain);
    expect(route(directory())).toEqual(plain);
    expect(router(undefined, { fresh: false })(directory(pool('gpu')))).toEqual(plain);
  });

  it('a task that only somebody else offers goes there, and the record says why', () => {
    const found = route(directory(pool('cloud', { service: 'acme' })));
    expect(placeOf(found)).toBe('cloud');
    expect(recordOf(found)).toMatchObject({
      policy: 'discovery',
      service: 'acme',
      reason: expect.stringContaining('cloud'),
    });
  });

  it('a pool that the definition names is taken when somebody is there, else the default with a violation', () => {
    const pools = directory(pool('default'), pool('gpu'));
    expect(placeOf(route(pools, { wanted: 'gpu' }))).toBe('gpu');
    const missed = route(pools, { wanted: 'spot' });
    expect(placeOf(missed)).toBe('default');
    expect(recordOf(missed)?.violation).toMatchObject({
      policy: 'route',
      why: expect.stringContaining('spot'),
    });
    expect(recordOf(route(pools, { wanted: 'no name!' }))?.violation?.why).toContain('no name of a pool');
  });
});

describe('failover', () => {
  const route = router({ algorithm: 'failover', pools: ['main', 'reserve', 'acme/cloud'] });

  it('takes the first pool with a healthy worker', () => {
    expect(placeOf(route(directory(pool('reserve'), pool('main'))))).toBe('main');
    const next = route(directory(pool('main', { workers: 0 }), pool('reserve')));
    expect(recordOf(next)?.reason).toBe('failover: main has no healthy worker, reserve is next');
    expect(placeOf(route(directory(pool('cloud', { service: 'acme' }))))).toBe('cloud');
  });

  it('sends another attempt elsewhere, when there is an elsewhere', () => {
    const both = directory(pool('main'), pool('reserve'));
    const moved = route(both, { attempt: 2, failedIn: { pool: 'main' } });
    expect(placeOf(moved)).toBe('reserve');
    expect(recordOf(moved)).toMatchObject({ policy: 'p', reroutedFrom: 'main' });
    expect(placeOf(route(directory(pool('main')), { attempt: 2, failedIn: { pool: 'main' } }))).toBe('main');
  });

  it('waits for somebody when nobody is there, or queues when the policy says so', () => {
    expect(route(directory())).toMatchObject({
      to: 'wait',
      on: 'service:test.work',
      violation: { policy: 'p', why: 'main, reserve, acme/cloud: no healthy worker for test.work' },
    });
    const queueing = router({ algorithm: 'failover', pools: ['main'], nobody: 'queue' });
    expect(recordOf(queueing(directory()))?.violation?.policy).toBe('p');
  });

  it('falls back to the default pool when its own pools are gone', () => {
    const fallen = route(directory(pool('default')));
    expect(placeOf(fallen)).toBe('default');
    expect(recordOf(fallen)).toMatchObject({ policy: 'default', violation: { policy: 'p' } });
  });
});

describe('balancing', () => {
  const pools = ['a', 'b', 'c'];
  const directoryOfThree = directory(...pools.map((name) => pool(name)));
  const shares = (route: ReturnType<typeof router>, times: number): number[] => {
    const places = Array.from({ length: times }, () => placeOf(route(directoryOfThree)));
    return pools.map((name) => places.filter((place) => place === name).length);
  };

  it('round robin is fair: after any number of tasks no pool is more than one ahead', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (times) => {
        const counts = shares(router({ algorithm: 'round-robin' }), times);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('weights are kept: after any number of tasks each pool is within one task per pool of its share', () => {
    const weight = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(fc.tuple(weight, weight, weight), fc.integer({ min: 1, max: 300 }), ([a, b, c], times) => {
        const counts = shares(router({ algorithm: 'weighted', weights: { a, b, c } }), times);
        [a, b, c].forEach((one, i) =>
          expect(Math.abs((counts[i] ?? 0) - (times * one) / (a + b + c))).toBeLessThan(pools.length),
        );
      }),
    );
  });

  it('the least loaded pool takes tasks until the others are as loaded, also between two measurements', () => {
    const route = router({ algorithm: 'least-loaded' });
    const uneven = directory(pool('a', { inFlight: 6 }), pool('b', { inFlight: 1, lag: 1 }));
    const places = Array.from({ length: 8 }, () => placeOf(route(uneven)));
    expect(places.filter((place) => place === 'b')).toHaveLength(6);
    expect(places.filter((place) => place === 'a')).toHaveLength(2);
  });

  it('latencies that waver by 1 % never move tasks; a pool that is much faster does', () => {
    const waver = fc.double({ min: 0.99, max: 1.01, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(waver, waver), { minLength: 1, maxLength: 50 }), (looks) => {
        const route = router({ algorithm: 'lowest-latency' });
        const places = looks.map(([a, b]) =>
          placeOf(route(directory(pool('a', { latencyMs: 100 * a }), pool('b', { latencyMs: 100 * b })))),
        );
        expect(new Set(places).size).toBe(1);
      }),
    );
    const route = router({ algorithm: 'lowest-latency' });
    const [slow, fast] = [{ latencyMs: 1_000 }, { latencyMs: 10 }];
    expect(placeOf(route(directory(pool('a', fast), pool('b', slow))))).toBe('a');
    expect(placeOf(route(directory(pool('a', slow), pool('b', fast))))).toBe('b');
  });

  it('a pool that nobody has measured gets one task per refresh', () => {
    const route = router({ algorithm: 'lowest-latency' });
    const unknown = directory(pool('a'), pool('b', { latencyMs: undefined }));
    expect(Array.from({ length: 3 }, () => placeOf(route(unknown)))).toEqual(['b', 'a', 'a']);
  });
});

describe('a rule of one’s own', () => {
  const three = directory(pool('default'), pool('gpu', { load: 0.9 }), pool('spot', { load: 0.1 }));
  const rule = (text: string) => router({ algorithm: 'custom', rule: text });

  it('reads the task, the run’s labels and the pools', () => {
    const byTeam = rule('run.labels.team == "ml" ? "gpu" : "spot"');
    expect(placeOf(byTeam(three, { labels: { team: 'ml' } }))).toBe('gpu');
    expect(placeOf(byTeam(three, { labels: { team: 'web' } }))).toBe('spot');
    const idle = rule('pools.filter(p, p.load < 0.5 && p.name != "default")[0].name');
    expect(placeOf(idle(three))).toBe('spot');
    expect(placeOf(rule('task.attempt > 1 ? "gpu" : "spot"')(three, { attempt: 2 }))).toBe('gpu');
  });

  it.each([
    ['fails', 'pools[99].name'],
    ['gives no text', '1 + 1'],
    ['gives an unknown pool', '"ghost"'],
  ])('that %s is a violation, and the default applies', (_, text) => {
    const route = rule(text)(three);
    expect(placeOf(route)).toBe('default');
    expect(recordOf(route)).toMatchObject({ policy: 'default', violation: { policy: 'p' } });
  });

  it('that cannot be parsed is refused with its place', () => {
    const named = { p: { algorithm: 'custom', rule: 'secrets.key' } };
    const { problems } = compilePolicies(PolicySettings.parse({ named }));
    expect(problems).toMatchObject([{ path: ['policies', 'named', 'p', 'rule'] }]);
    expect(problems[0]?.message).toContain('known are task, pools, run');
  });
});

describe('what comes before a policy', () => {
  const pools = directory(pool('default'), pool('gpu'), pool('spot'));
  const policies = { algorithm: 'failover', pools: ['spot'] };

  it('is what the definition asks for: a pool, or another policy', () => {
    const more = { fast: { algorithm: 'failover', pools: ['gpu'] } };
    const route = router(policies, { more });
    expect(placeOf(route(pools))).toBe('spot');
    expect(placeOf(route(pools, { wanted: 'default' }))).toBe('default');
    expect(recordOf(route(pools, { wanted: 'fast' }))).toMatchObject({ policy: 'fast' });
  });

  it('is what a trigger prefers, while somebody is there', () => {
    const preferences = new Map([['test', { trigger: 'slow', pool: 'gpu', reason: 'latency' }]]);
    const route = router(policies, { preferences });
    expect(recordOf(route(pools))).toMatchObject({ policy: 'slow', reason: 'latency' });
    expect(placeOf(route(directory(pool('spot'))))).toBe('spot');
  });

  it('a policy cannot be followed while it is not known who is there', () => {
    const route = router(policies, { fresh: false })(pools);
    expect(recordOf(route)?.violation?.why).toBe('it is not known which services run');
  });
});

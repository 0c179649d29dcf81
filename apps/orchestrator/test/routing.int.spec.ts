import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventContracts, OrchestrationSettings } from '@trimtab/contracts';
import type { EventData, EventType } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import { Bench, flow } from './bench.js';
import { flaw, WorkerPool } from './worker-pools.js';

const retry = { maxAttempts: 3, initialDelay: '20ms', jitter: 0 };
const one = (uses: string) => flow(uses.replace('.', '-'), { tasks: { a: { uses, retry } } });
const workflows = [
  one('over.work'),
  one('fail.work'),
  one('gone.work'),
  one('rule.work'),
  one('fast.work'),
  one('acme.translate'),
  flow('chain', { tasks: { a: { uses: 'over.work' }, b: { uses: 'fail.work', needs: ['a'], retry } } }),
];

/** Looks without an answer: more than a broker stands still for, and so many that whoever was killed is soon gone. */
const [PATIENT, SOON] = [100, 5];
const mainFirst = { algorithm: 'failover', pools: ['main', 'reserve'] };
const orchestration = OrchestrationSettings.parse({
  // A worker that is late with some answers is neither gone nor ill.
  discovery: { refreshSeconds: 0.3, healthCheck: { expireAfter: PATIENT, unhealthyAfter: 30 } },
  incidentAfterSeconds: 1,
  rerouteAfterSeconds: 1,
  policies: {
    named: {
      'main-first': mainFirst,
      'by-team': { algorithm: 'custom', rule: 'run.labels.team == "ml" ? "gpu" : pools[7].name' },
      'lowest-latency': { algorithm: 'lowest-latency' },
      anybody: { algorithm: 'least-loaded' },
    },
    tasks: {
      'over.*': 'main-first',
      'fail.work': 'main-first',
      'gone.work': 'main-first',
      'rule.work': 'by-team',
      'fast.work': 'lowest-latency',
      'acme.translate': 'anybody',
    },
  },
});

describe('routing', () => {
  let bench: Bench;
  const pools: WorkerPool[] = [];
  const worker = async (
    ...args: Parameters<typeof WorkerPool.start> extends [unknown, ...infer R] ? R : never
  ) => {
    const pool = await WorkerPool.start(bench.servers, ...args);
    pools.push(pool);
    return pool;
  };
  beforeAll(async () => {
    bench = await Bench.open();
    await bench.orchestrator(workflows, { orchestration });
    await bench.listen();
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.stop()));
    await bench.dispose();
  });

  const eventsOf = <T extends EventType>(runId: string, type: T): EventData<T>[] =>
    bench.events
      .filter((event) => event.runid === runId && event.type === type)
      .map(({ data }) => eventContracts[type].parse(data) as EventData<T>);
  const told = async <T extends EventType>(runId: string, type: T, count = 1): Promise<EventData<T>[]> =>
    eventually(() => {
      const found = eventsOf(runId, type);
      return found.length >= count && found;
    });
  const routed = (runId: string, count?: number) => told(runId, 'trimtab.task.routed.v1', count);
  /** Tasks of this type are known to be done in these pools. */
  const seen = async (uses: string, ...names: string[]): Promise<void> => {
    await eventually(async () => {
      const { items } = await bench.ask('list-pools', {});
      const found = items.filter(({ taskTypes, workers }) => workers > 0 && taskTypes.includes(uses));
      return JSON.stringify(found.map(({ pool }) => pool)) === JSON.stringify(names);
    });
  };
  /** From now until `left` are alone in offering a type, whoever is silent counts as gone; at other times nobody does. */
  const kill = async (pool: WorkerPool, uses: string, ...left: string[]): Promise<void> => {
    const { healthCheck } = orchestration.discovery;
    await pool.kill();
    healthCheck.expireAfter = SOON;
    await seen(uses, ...left);
    healthCheck.expireAfter = PATIENT;
  };
  const run = async (workflow: string, request: object = {}): Promise<string> => {
    const { runId } = await bench.ask('start-run', { workflow, input: {}, ...request });
    await bench.until(runId, 'COMPLETED');
    return runId;
  };

  it('O16 failover: the first pool takes tasks until its workers are gone, then the next', async () => {
    const main = await worker(['over', 'main'], ['over.work']);
    await worker(['over', 'reserve'], ['over.work']);
    await seen('over.work', 'main', 'reserve');
    const before = await run('over-work');
    expect(await routed(before)).toMatchObject([{ pool: 'main', policy: 'main-first', reroutedFrom: null }]);
    await kill(main, 'over.work', 'reserve');
    const after = await run('over-work');
    expect(await routed(after)).toMatchObject([
      { pool: 'reserve', reason: 'failover: main has no healthy worker, reserve is next' },
    ]);
    expect(main.done).toEqual([before]);
  });

  it('O12 orchestration: discovery, dependencies, routing, recovery, routing again, and on with the next', async () => {
    await worker(['fail', 'main'], ['fail.work'], () => Promise.reject(flaw()));
    await worker(['fail', 'reserve'], ['fail.work']);
    await seen('fail.work', 'main', 'reserve');
    const runId = await run('chain');
    const steps = (await routed(runId, 3)).map(({ taskId, attempt, pool }) => `${taskId}#${attempt} ${pool}`);
    expect(steps).toEqual(['a#1 reserve', 'b#1 main', 'b#2 reserve']);
  });

  it('O15 recovery: an attempt that failed goes to another pool, and the history says from where', async () => {
    const runId = await run('fail-work');
    expect(await routed(runId, 2)).toMatchObject([
      { attempt: 1, pool: 'main', reroutedFrom: null },
      { attempt: 2, pool: 'reserve', reroutedFrom: 'main', policy: 'main-first' },
    ]);
  });

  it('O15 recovery: a queued task whose pool has gone is moved, and a late answer of the old one changes nothing', async () => {
    const main = await worker(['gone', 'main'], ['gone.work']);
    await worker(['gone', 'reserve'], ['gone.work'], () => ({ by: 'reserve' }));
    await seen('gone.work', 'main', 'reserve');
    let release = (): void => undefined;
    const held = new Promise<void>((done) => (release = done));
    let taken = false;
    main.work = async () => {
      taken = true;
      await held;
      return { by: 'main' };
    };
    const { runId } = await bench.ask('start-run', { workflow: 'gone-work', input: {} });
    await eventually(() => taken);
    await kill(main, 'gone.work', 'reserve');
    await bench.until(runId, 'COMPLETED');
    release();
    expect(await routed(runId, 2)).toMatchObject([
      { attempt: 1, pool: 'main' },
      { attempt: 2, pool: 'reserve', reroutedFrom: 'main' },
    ]);
  });

  it('O14 conditions at run time: a rule over labels; one that fails is a violation, and the default applies', async () => {
    await worker(['rule', 'default'], ['rule.work']);
    await worker(['rule', 'gpu'], ['rule.work']);
    await seen('rule.work', 'default', 'gpu');
    const ml = await run('rule-work', { labels: { team: 'ml' } });
    expect(await routed(ml)).toMatchObject([{ pool: 'gpu', reason: 'custom: its rule gives gpu' }]);
    const web = await run('rule-work', { labels: { team: 'web' } });
    expect(await routed(web)).toMatchObject([{ pool: 'default', policy: 'default' }]);
    expect(await told(web, 'trimtab.policy.violated.v1')).toMatchObject([
      { policy: 'by-team', taskId: 'a', violation: expect.stringContaining('pools[7]') },
    ]);
  });

  it('O11 composition: a task waits for a service that offers its type, and goes to the first that appears', async () => {
    const { runId } = await bench.ask('start-run', { workflow: 'acme-translate', input: {} });
    await eventually(async () => (await bench.state(runId)).tasks['a']?.status === 'WAITING');
    const about = async (status: string) =>
      (await bench.ask('list-incidents', {})).items.find(
        ({ kind, details, status: is }) =>
          kind === 'service.no-worker' && details.uses === 'acme.translate' && is === status,
      );
    const incident = await eventually(() => about('open'));
    expect(incident).toMatchObject({ message: expect.stringContaining('acme.translate') });
    await worker(['partner', 'default'], ['acme.translate'], () => ({ text: 'bonjour' }));
    await bench.until(runId, 'COMPLETED');
    expect(await routed(runId)).toMatchObject([{ service: 'partner', pool: 'default' }]);
    expect(await told(runId, 'trimtab.policy.violated.v1')).toMatchObject([
      { policy: 'anybody', reason: 'the task waits for service:acme.translate' },
    ]);
    await eventually(() => about('resolved'));
  });

  it('O16 lowest latency: tasks move away from a pool that became slow', async () => {
    const pause = (ms: number) => () => new Promise((done) => setTimeout(() => done({}), ms));
    const a = await worker(['fast', 'a'], ['fast.work'], pause(1));
    const b = await worker(['fast', 'b'], ['fast.work'], pause(100));
    await seen('fast.work', 'a', 'b');
    // A task that was under way while the machine stood still makes its pool look slow, until that is forgotten in a minute.
    const unlucky = { timeoutMs: 100_000 };
    const goesTo = (pool: WorkerPool): Promise<unknown> =>
      eventually(async () => {
        await Promise.all([run('fast-work'), run('fast-work')]);
        const last = await run('fast-work');
        const [{ reason } = { reason: '' }] = await routed(last);
        return pool.done.includes(last) && reason.includes('ms on average');
      }, unlucky);
    await goesTo(a);
    a.work = pause(800);
    await goesTo(b);
  }, 240_000);
});

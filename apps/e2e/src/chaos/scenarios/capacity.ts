import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine, Started } from '../stack/engine.js';
import type { Order } from '../workflows.js';
import { audited, orderOf } from '../workflows.js';

const patience = { timeoutMs: 120_000, intervalMs: 200 };
const QUICK_MS = 10;
const ELEMENTS = 1_000;
const DRAINED_MS = 1_800_000;
const FLAT_MB = 100;

const slow = { uses: 'slow.work', with: { n: '${ item }' } };
const workflows = new Map([
  ['quick', audited('quick', { tasks: { one: { uses: 'chaos.work', with: { ms: QUICK_MS } } } })],
  ['many', audited('many', { tasks: { each: { ...slow, forEach: 'input.list', concurrency: ELEMENTS } } })],
  ['single', audited('single', { tasks: { one: { uses: 'slow.work' } } })],
]);
const completed = { status: 'COMPLETED' };
const order = (workflow: string, input: object = {}): Order => ({
  ...{ workflow, input: { ...input }, expected: completed },
});

/** What is said of policies and services from now on. */
async function heardBy(engine: Engine): Promise<Envelope[]> {
  const heard: Envelope[] = [];
  const filterSubjects = ['policy', 'service'].map((context) => `trimtab.evt.${context}.>`);
  const onMessage = (event: Envelope): void => void heard.push(event);
  await engine.people.bus.replay({ stream: 'EVT', live: true, filterSubjects, onMessage });
  return heard;
}

/** How often a trigger changed, not counting what that meant for single runs. */
const changesOf = (heard: readonly Envelope[], policy: string, phase: 'entered' | 'left'): number =>
  heard.filter(({ type, data }) => {
    const told = data as { policy?: string; phase?: string; runId?: string | null };
    return (
      type === 'trimtab.policy.adapted.v1' &&
      told.policy === policy &&
      told.phase === phase &&
      told.runId === null
    );
  }).length;

const TOGETHER = 8;

/**
 * How long 99 of 100 quick runs take at most (ms, from the first event to the last), on each engine. All of them are
 * asked at the same moments: what else the machine does hits them alike.
 */
async function p99s(engines: readonly Engine[], count: number): Promise<number[]> {
  const runs = engines.map((): Started[] => []);
  for (let i = 0; i < count; i += TOGETHER)
    await Promise.all(
      engines.map(async (engine, e) => {
        const some = await engine.beginAll(Array.from({ length: TOGETHER }, () => order('quick')));
        runs[e]?.push(...some);
        await engine.untilEnded(some.map(({ runId }) => runId), DRAINED_MS); // prettier-ignore
      }),
    );
  return Promise.all(engines.map((engine, e) => p99(engine, runs[e] ?? [])));
}

async function p99(engine: Engine, runs: readonly Started[]): Promise<number> {
  const { rows } = await engine.sql.query<{ ms: number }>(
    `SELECT extract(epoch FROM max(at) - min(at))::float8 * 1000 AS ms FROM orchestrator.events
     WHERE stream = ANY ($1) GROUP BY stream ORDER BY ms`,
    [runs.map(({ runId }) => `run-${runId}`)],
  );
  return rows[Math.ceil(rows.length * 0.99) - 1]?.ms ?? 0;
}

const megabytes = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

async function lagOf(engine: Engine, service: string): Promise<number> {
  const { items } = await engine.people.ask('list-pools', {});
  return items.find((pool) => pool.service === service)?.lag ?? 0;
}

/** Work for the slow service, until all of it waits for its workers and has been told to everybody. */
async function pileUp(engine: Engine, backlog: number): Promise<number> {
  const list = Array.from({ length: ELEMENTS }, (_, i) => i);
  for (let begun = 0; begun < backlog; begun += ELEMENTS) await engine.begin(order('many', { list }));
  const lag = await eventually(async () => {
    const seen = await lagOf(engine, 'slow');
    return seen >= backlog * 0.9 && seen;
  }, { ...patience, timeoutMs: DRAINED_MS }); // prettier-ignore
  const told = async (): Promise<number> =>
    (await (await engine.people.bus.jsm()).streams.info('EVT')).state.messages;
  for (let before = 0, now = await told(); now - before > ELEMENTS; before = now, now = await told())
    await sleep(5_000);
  return lag;
}

/** Quick runs of an engine beside the backlog, and of one that has none, at the same time. */
async function measureBeside(engine: Engine, control: Engine, context: ChaosContext, backlog: number) {
  const runs = context.of(160, 800);
  await p99s([engine, control], runs);
  const [instance] = engine.orchestrators;
  const empty = megabytes(instance?.pid);
  const lag = await pileUp(engine, backlog);
  const before = megabytes(instance?.pid);
  const [beside = 0, alone = 0] = await p99s([engine, control], runs);
  const grown = megabytes(instance?.pid) - before;
  context.expect(grown < FLAT_MB, `the orchestrator grew by ${Math.round(grown)} MB beside the backlog`);
  if (context.form === 'long')
    context.expect(
      beside / alone <= 1.5,
      `p99 of others is ${(beside / alone).toFixed(2)} times what it is without a backlog`,
    );
  return { alone, beside, lag, empty, before, grown };
}

export const oneIsSlow: Scenario = {
  fault: 21,
  title: 'one service is 100 times slower than another and has a long backlog, until it is quick again',
  promise:
    'memory flat, p99 of others within 1.5 times, lag visible, the trigger fires; the backlog is worked off',
  async run(context): Promise<Figures> {
    const backlog = context.of(20_000, 1_000_000);
    const trigger = {
      ...{ name: 'slow-lags', service: 'slow', metric: 'lag', enter: backlog / 2, leave: backlog / 20 },
      ...{ forSeconds: 1, coolDownSeconds: 2, actions: [{ do: 'scale-hint', add: 3 }] },
    };
    const orchestration = { discovery: { refreshSeconds: 1 }, triggers: [trigger] };
    const env = { ORCHESTRATION_CONFIG: JSON.stringify(orchestration) };
    const options = { env, workflows, leaseMs: 15_000 };
    const [engine, control] = [await context.engine(options), await context.engine(options)];
    const sluggish = await engine.slowWorker(100 * QUICK_MS);
    const heard = await heardBy(engine);
    const { alone, beside, lag, empty, before, grown } = await measureBeside(
      engine,
      control,
      context,
      backlog,
    );
    await eventually(() => changesOf(heard, 'slow-lags', 'entered') > 0, patience).catch(() =>
      context.expect(false, 'the trigger did not fire'),
    );
    const hints = heard.filter(({ type }) => type === 'trimtab.service.scale-hint.v1').length;
    context.expect(hints > 0, 'nobody asked for more workers');
    await sluggish.stop();
    await engine.slowWorker(0);
    await context.expectEnds(engine, DRAINED_MS);
    await eventually(() => changesOf(heard, 'slow-lags', 'left') > 0, patience).catch(() =>
      context.expect(false, 'the trigger stayed on when the backlog was gone'),
    );
    return {
      ...{ backlog, lagSeen: lag, scaleHints: hints, runs: engine.started.length },
      ...{ p99AloneMs: Math.round(alone), p99BesideMs: Math.round(beside) },
      p99Ratio: Math.round((beside / alone) * 100) / 100,
      orchestratorMb: Math.round(empty),
      withBacklogMb: Math.round(before),
      grownByMb: Math.round(grown),
    };
  },
};

const LEVEL_MS = 200;
const at = {
  service: 'slow',
  metric: 'latency',
  enter: LEVEL_MS,
  actions: [{ do: 'concurrency', share: 0.5 }],
};
const unhealthy = {
  discovery: { refreshSeconds: 0.5 },
  ...{ incidentAfterSeconds: 2, rerouteAfterSeconds: 2 },
  policies: { named: { fast: { algorithm: 'failover', pools: ['gpu'] } }, tasks: { 'chaos.work': 'fast' } },
  triggers: [
    { ...at, name: 'steady', leave: LEVEL_MS / 2, forSeconds: 0.5, coolDownSeconds: 1 },
    { ...at, name: 'cooling', leave: LEVEL_MS * 0.999, forSeconds: 0.5, coolDownSeconds: 3_600 },
  ],
};

/** Nobody is there: the task waits, that becomes an incident, and ends when somebody comes. */
async function nobodyThere(engine: Engine, context: ChaosContext): Promise<void> {
  await engine.begin(order('single'));
  const open = async (): Promise<number> => {
    const { items } = await engine.people.ask('list-incidents', { status: 'open' });
    return items.filter(({ kind }) => kind === 'service.no-worker').length;
  };
  await eventually(async () => (await open()) > 0, patience).catch(() =>
    context.expect(false, 'a task that nobody does is no incident'),
  );
  await engine.slowWorker(LEVEL_MS);
  await context.expectEnds(engine);
  await eventually(async () => (await open()) === 0, patience).catch(() =>
    context.expect(false, 'the incident outlived its cause'),
  );
}

/** A worker comes and goes under load, in the rhythm in which it is looked at. */
async function flapping(engine: Engine, context: ChaosContext): Promise<number> {
  const worker = engine.workers.at(-1);
  const times = context.of(4, 20);
  for (let i = 0; i < times; i += 1) {
    const begun = engine.beginAll(Array.from({ length: 4 }, () => order('single')));
    worker?.freeze();
    await sleep(context.random.between(200, 1_500));
    worker?.thaw();
    await begun;
  }
  await context.expectEnds(engine);
  return times;
}

export const nobodyHealthy: Scenario = {
  fault: 25,
  title:
    'no worker in the pool of a policy, nobody at all, a worker that comes and goes, latency at the threshold ± 1 %',
  promise: 'the default policy or an incident; no flapping: a trigger changes once, and its cool-down holds',
  async run(context): Promise<Figures> {
    const env = { ORCHESTRATION_CONFIG: JSON.stringify(unhealthy) };
    const engine = await context.engine({ env, workflows });
    const heard = await heardBy(engine);
    await engine.begin(orderOf('chain', 1));
    await context.expectEnds(engine);
    const violations = heard.filter(({ type }) => type === 'trimtab.policy.violated.v1').length;
    context.expect(violations > 0, 'a policy that could not be followed was not recorded');
    await nobodyThere(engine, context);
    const flaps = await flapping(engine, context);
    const changes = (name: string): number =>
      changesOf(heard, name, 'entered') + changesOf(heard, name, 'left');
    const more = async (): Promise<void> => {
      await engine.beginAll(Array.from({ length: 8 }, () => order('single')));
      await context.expectEnds(engine);
    };
    await eventually(async () => {
      await more();
      return changes('cooling') > 0;
    }, patience);
    for (let i = 0; i < context.of(10, 60); i += 1) await more();
    context.expect(changes('cooling') === 1, `a trigger that cools down changed ${changes('cooling')} times`);
    context.expect(changes('steady') <= 1, `a trigger with hysteresis changed ${changes('steady')} times`);
    return { violations, flaps, runs: engine.started.length, changesAtThreshold: changes('cooling') };
  },
};

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventContracts, OrchestrationSettings } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import { Adapting } from '../src/handlers/adapting.js';
import type { Orchestrator } from '../src/orchestrator.js';
import { Bench, flow, worldOf } from './bench.js';
import { WorkerPool } from './worker-pools.js';

const patient = { timeoutMs: 45_000 };
const one = flow('one', { tasks: { a: { uses: 'slow.work' } } });
const slow = { service: 'slow', metric: 'latency', enter: 100, leave: 50, forSeconds: 0.2 };
const settings = (...names: string[]) =>
  OrchestrationSettings.parse({
    // A worker that is late with some answers is not gone.
    discovery: { refreshSeconds: 0.3, healthCheck: { expireAfter: 30, unhealthyAfter: 30 } },
    triggers: names.map((name) => ({
      ...{ ...slow, name, coolDownSeconds: 3_600 },
      actions: [{ do: 'prefer-pool', pool: 'reserve' }],
    })),
  });

describe('O17 a trigger that cools down', () => {
  let bench: Bench;
  let before: Orchestrator;
  let worker: WorkerPool;
  beforeAll(async () => {
    bench = await Bench.open();
    before = await bench.orchestrator([one], { orchestration: settings('first') });
    await bench.listen();
    const pause = (): Promise<object> => new Promise((done) => setTimeout(() => done({}), 250));
    worker = await WorkerPool.start(bench.servers, ['slow', 'default'], ['slow.work'], pause);
  });
  afterAll(async () => {
    await worker?.stop();
    await bench.dispose();
  });

  const entered = (policy: string): number =>
    bench.events
      .filter(({ type }) => type === 'trimtab.policy.adapted.v1')
      .map(({ data }) => eventContracts['trimtab.policy.adapted.v1'].parse(data))
      .filter((event) => event.policy === policy && event.phase === 'entered' && event.runId === null).length;
  const untilEntered = (policy: string): Promise<unknown> =>
    eventually(async () => {
      await bench.until(await bench.start('one'), 'COMPLETED');
      return entered(policy) > 0;
    }, patient);
  const stateOf = async (policy: string) =>
    (await bench.ask('list-policies', {})).triggers.find(({ name }) => name === policy);

  it('is on as before after a restart and does not fire again, while a new one beside it does', async () => {
    await untilEntered('first');
    const wasOn = await stateOf('first');
    expect(wasOn).toMatchObject({ on: true });
    await bench.crash(before);
    const after = await bench.orchestrator([one], { orchestration: settings('first', 'control') });
    const { adapting } = worldOf(after).steering ?? {};
    if (!adapting) throw new Error('nothing steers');
    // As while it has not taken the first partition yet: what it finds then is told when it has.
    adapting.look = (partitions) => Adapting.prototype.look.call(adapting, partitions, false);
    await eventually(async () => {
      await bench.until(await bench.start('one'), 'COMPLETED');
      return (await stateOf('control'))?.on;
    }, patient);
    expect(entered('control')).toBe(0);
    Reflect.deleteProperty(adapting, 'look');
    // The same cause for the same time: had the first one forgotten, it would fire too.
    await untilEntered('control');
    expect(entered('first')).toBe(1);
    expect(await stateOf('first')).toMatchObject({ on: true, since: wasOn?.since, reason: wasOn?.reason });
  }, 120_000);
});

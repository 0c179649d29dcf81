import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { commandConsumer } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import { Bench, flow, SILENCE, worldOf } from './bench.js';

const steps = flow('steps', {
  tasks: {
    a: { uses: 'test.work' },
    b: { uses: 'test.work', needs: ['a'] },
    c: { uses: 'test.work', needs: ['b'] },
  },
});
const gate = flow('gate', {
  tasks: { ok: { uses: 'approval', approval: { digest: 'd' } }, act: { uses: 'test.work', needs: ['ok'] } },
});
const options = { leaseMs: 1_500, resendAfterMs: 1_000, sweepMs: 500 };
/** Nobody takes over from one that only stood still for some seconds. */
const patient = { ...options, leaseMs: 60_000 };

/** Open runs of the cold start. */
const RUNS = 400;

describe('runs outlive', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.dispose());

  it('O18, O20: the death of their orchestrator: another one goes on from the last step', async () => {
    // Late copies of commands are the second one's: the first has no time to ask again.
    const first = await bench.orchestrator([steps, gate], { ...options, resendAfterMs: 60_000 });
    bench.answer = (_, { taskid }) => (taskid === 'b' ? SILENCE : {});
    await bench.worker();
    const ids = await Promise.all(Array.from({ length: 20 }, () => bench.start('steps')));
    const waiting = await bench.start('gate');
    const received = (task: string) => bench.received.filter(({ taskid }) => taskid === task);
    await eventually(() => new Set(received('b').map(({ runid }) => runid)).size === 20);
    await bench.crash(first);
    bench.answer = () => ({});
    const [done, pending] = [received('a').length, received('b')];
    await bench.orchestrator([], options);
    for (const command of pending) await bench.result(command, {});
    for (const id of ids) await bench.until(id, 'COMPLETED');
    expect(received('a')).toHaveLength(done);
    await bench.ask('decide-approval', { runId: waiting, taskId: 'ok', decision: 'grant', digest: 'd' });
    await bench.until(waiting, 'COMPLETED');
  });

  it('O25 a hand-over between two living instances and the end of the first, under load', async () => {
    const first = await bench.orchestrator([steps], patient);
    await bench.worker();
    let handOver = (): void => undefined;
    const handedOver = new Promise<void>((done) => (handOver = done));
    bench.answer = async () => {
      await handedOver;
      await sleep(100);
      return {};
    };
    const ids = await Promise.all(Array.from({ length: 30 }, () => bench.start('steps')));
    const second = await bench.orchestrator([steps], patient);
    await eventually(() => first.partitions.length === 8 && second.partitions.length === 8);
    handOver();
    ids.push(...(await Promise.all(Array.from({ length: 30 }, () => bench.start('steps')))));
    const asked = performance.now();
    await first.stop();
    expect(performance.now() - asked).toBeLessThan(30_000);
    for (const id of ids) await bench.until(id, 'COMPLETED');
  });

  it('the loss of the whole JetStream store', async () => {
    await bench.orchestrator([steps], options);
    bench.answer = () => SILENCE;
    await bench.worker();
    const ids = await Promise.all(Array.from({ length: 20 }, () => bench.start('steps')));
    const jsm = await bench.messaging.jsm();
    for (const name of ['CMD', 'RES', 'EVT', 'DLQ', 'ADV']) await jsm.streams.delete(name);
    bench.answer = () => ({});
    for (const id of ids) await bench.until(id, 'COMPLETED');
  });

  it('the loss of public events while no orchestrator runs: they are told again', async () => {
    const first = await bench.orchestrator([steps], options);
    await bench.worker();
    const ids = await Promise.all(Array.from({ length: 5 }, () => bench.start('steps')));
    for (const id of ids) await bench.until(id, 'COMPLETED');
    const settings = { workflow: 'steps', input: {}, times: { kind: 'interval', every: '1h' } };
    await bench.ask('create-schedule', { id: 'hourly', settings, paused: true });
    await first.stop();
    await (await bench.messaging.jsm()).streams.delete('EVT');
    await bench.orchestrator([steps], options);
    await bench.listen();
    const again = () =>
      bench.events.filter(({ type }) => type === 'trimtab.run.completed.v1').map(({ runid }) => runid ?? '');
    await eventually(() => new Set(again()).size >= ids.length);
    expect([...new Set(again())].sort()).toEqual([...ids].sort());
    await eventually(() => bench.events.some(({ type }) => type === 'trimtab.schedule.created.v1'));
  });

  it('O18 a cold start of everything: they go on without anybody, sent in turns that others can see', async () => {
    const first = await bench.orchestrator([steps], { leaseMs: 10_000 });
    // From the stream: what is said while a connection is made again is heard all the same.
    await bench.listen();
    const of = (type: string) => bench.events.filter((event) => event.type === type);
    // The service is known before its worker is there: nothing has to wait for somebody to offer it.
    await bench.messaging.provision({ streams: [], consumers: [commandConsumer('test')] });
    // To the next one what they wait for is new, as after a quick restart, however slow the machine is.
    const { clock } = worldOf(first);
    const ahead = clock.ms - performance.now() + 120_000;
    Object.defineProperty(clock, 'ms', { configurable: true, get: () => ahead + performance.now() });
    await Promise.all(Array.from({ length: RUNS }, () => bench.start('steps')));
    await first.stop();
    const from = performance.now();
    await bench.orchestrator([steps], { leaseMs: 10_000, recoveryWindow: 1 });
    await bench.worker();
    const until = (type: string, count: number): Promise<unknown> =>
      eventually(() => of(type).length >= count, { timeoutMs: 150_000, intervalMs: 20 });
    const announced = (what: string, data: object): Promise<unknown> =>
      eventually(
        () => {
          const about = expect.objectContaining({ service: 'test', pool: 'default', ...data });
          expect(of(`trimtab.recovery.${what}.v1`).map((event) => event.data)).toContainEqual(about);
          return true;
        },
        { timeoutMs: 150_000 },
      );
    await until('trimtab.run.completed.v1', RUNS);
    process.stderr.write(`cold start: ${RUNS} runs in ${Math.round(performance.now() - from)} ms\n`);
    expect(of('trimtab.run.completed.v1')).toHaveLength(RUNS);
    // Each is told by itself: they may come in any order.
    await announced('began', { window: 1 });
    await announced('ended', { most: expect.any(Number) });
    expect(new Set(bench.received.map(({ id }) => id)).size).toBe(3 * RUNS);
  }, 500_000);
});

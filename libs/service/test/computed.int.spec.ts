import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { batchOf, encodeEntry } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/messaging/testing';
import { z } from 'zod';
import { parseConfig, serviceConfig, startService } from '../src/index.js';
import type { RunningService } from '../src/index.js';
import { command, connectPatiently, Orchestrating } from './orchestrating.js';
import { sample, sampleService } from './sample.js';

let servers: TestServers;
let bus: Messaging;
let side: Orchestrating;
let service: RunningService;

const start = (): Promise<RunningService> => {
  const env = { NATS_URL: servers.natsUrl, DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'silent' };
  return startService(sampleService(parseConfig(z.object(serviceConfig), env)));
};
const count = (input: unknown): Envelope => {
  const sent = command(input);
  (sent.data as { type: string }).type = 'sample.count';
  return sent;
};
const sendTogether = (...commands: Envelope[]): Promise<unknown> =>
  bus.publishBatch('trimtab.cmd.sample.default.count', batchOf(commands.map(encodeEntry)));
const stored = async (table: 'inbox' | 'outbox' | 'dead_letters'): Promise<number> =>
  (await service.runtime.pool.query(`SELECT 1 FROM ${table}`)).rowCount ?? 0;

beforeAll(async () => {
  servers = await testServers();
  bus = await connectPatiently(servers.natsUrl);
  side = await Orchestrating.on(bus);
});
afterAll(async () => {
  await bus.close(500);
  await servers.dispose();
});
beforeEach(async () => {
  sample.reset();
  service = await start();
});
afterEach(() => service.stop());

describe('a handler that only computes', () => {
  it('is answered for without anything being stored, and says how many commands it takes at once', async () => {
    const sent = count({ n: 1 });
    await side.send(sent);
    const { data, attempt, fencetoken } = await side.resultOf(sent);
    expect(data).toMatchObject({ status: 'completed', output: { n: 2 } });
    expect((data as { takes?: number }).takes).toBeGreaterThanOrEqual(1);
    expect(fencetoken).toMatch(new RegExp(`^${attempt}\\.[1-9]`));
    expect([await stored('inbox'), await stored('outbox')]).toEqual([0, 0]);
  });

  it('takes a command whose decision is still being stored; one that may have effects is asked again', async () => {
    const ahead = count({ n: 4 });
    const early = command({});
    for (const { data } of [ahead, early]) (data as { ahead: boolean }).ahead = true;
    await side.send(ahead);
    await side.send(early);
    expect((await side.resultOf(ahead)).data).toMatchObject({ output: { n: 5 }, effects: 'none' });
    expect((await side.resultOf(early)).data).toMatchObject({ status: 'blocked', retryInMs: 0 });
    expect([await stored('inbox'), sample.handled]).toEqual([0, [ahead.taskid]]);
  });

  it.each([['events'], ['write'], ['effect']])('may not have effects: %s', async (what) => {
    const sent = count({ n: 1, what });
    await side.send(sent);
    const { data } = await side.resultOf(sent);
    expect(data).toMatchObject({
      status: 'failed',
      error: { code: 'task.effects-undeclared', retry: 'never' },
    });
    expect(await stored('outbox')).toBe(0);
  });

  it('answers each command of a batch, and a bad one is nobody else’s harm', async () => {
    const good = [count({ n: 1 }), count({ n: 2 }), count({ n: 3 })];
    const failing = count({ n: 'not a number' });
    const unknown = command({});
    (unknown.data as { type: string }).type = 'sample.unknown';
    await sendTogether(good[0]!, failing, unknown, good[1]!, good[2]!);
    for (const [i, sent] of good.entries())
      expect((await side.resultOf(sent)).data).toMatchObject({ status: 'completed', output: { n: i + 2 } });
    expect((await side.resultOf(failing)).data).toMatchObject({ error: { code: 'task.invalid-input' } });
    expect((await side.resultOf(unknown)).data).toMatchObject({ error: { code: 'task.dead-lettered' } });
    expect(await stored('dead_letters')).toBe(1);
    expect(side.resultsOf(good[0]!)).toHaveLength(1);
  });

  it('cut off between its work and the answers, another instance works again on each command of the batch', async () => {
    const sent = [count({ n: 1 }), count({ n: 2 })];
    let cut = false;
    sample.running = async () => {
      if (!cut) await service.runtime.messaging.nc.close();
      cut = true;
    };
    await sendTogether(...sent);
    await eventually(() => sample.handled.length === 2);
    expect(sent.flatMap((one) => side.resultsOf(one))).toEqual([]);
    // The broker forgets who had it: as if the ack wait were over.
    await (await bus.jsm()).consumers.delete('CMD', 'sample-default');
    const second = await start();
    for (const [i, one] of sent.entries())
      expect((await side.resultOf(one)).data).toMatchObject({ status: 'completed', output: { n: i + 2 } });
    expect(sample.handled).toHaveLength(4);
    await second.stop();
  });

  it('hands a batch on when it is told to stop, each command for itself', async () => {
    let go = (): void => undefined;
    sample.running = () => new Promise((done) => (go = done));
    const sent = [count({ n: 1 }), count({ n: 2, what: 'quick' })];
    await sendTogether(...sent);
    expect((await side.resultOf(sent[1]!)).data.status).toBe('completed');
    const stopped = service.stop();
    setTimeout(() => go(), 200);
    await stopped;
    expect((await side.resultOf(sent[0]!)).data.status).toBe('completed');
    expect(side.resultsOf(sent[1]!)).toHaveLength(1);
  });
});

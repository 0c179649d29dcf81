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

const AT_ONCE = 2;

let servers: TestServers;
let bus: Messaging;
let side: Orchestrating;
let service: RunningService;

const start = (): Promise<RunningService> => {
  const env = {
    ...{ NATS_URL: servers.natsUrl, DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'silent' },
    TRIMTAB_CONCURRENCY: String(AT_ONCE),
  };
  return startService(sampleService(parseConfig(z.object(serviceConfig), env)));
};
const sendTogether = (...commands: Envelope[]): Promise<unknown> =>
  bus.publishBatch('trimtab.cmd.sample.default.work', batchOf(commands.map(encodeEntry)));
const rowsOf = async (sql: string, values: unknown[] = []): Promise<number> =>
  (await service.runtime.pool.query(sql, values)).rowCount ?? 0;
const COMPLETED = 'SELECT 1 FROM inbox WHERE command_id = ANY ($1) AND completed_at IS NOT NULL';
const completed = (commands: Envelope[]): Promise<number> =>
  rowsOf(COMPLETED, [commands.map(({ id }) => id)]);

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

describe('a handler that may have effects', () => {
  it('has a result that nothing goes with in the inbox alone, and says how many commands it takes at once', async () => {
    const sent = command({ do: 'only this' });
    await side.send(sent);
    const { data } = await side.resultOf(sent);
    expect(data).toMatchObject({ status: 'completed', output: { done: 'x' } });
    const { takes } = data as { takes?: number };
    expect([1, AT_ONCE]).toContain(takes);
    expect([await completed([sent]), await rowsOf('SELECT 1 FROM outbox')]).toEqual([1, 0]);
  });

  it('works on a batch as on single commands: each has its answer, and no more run at once than are allowed', async () => {
    let running = 0;
    let most = 0;
    sample.running = async () => {
      most = Math.max(most, (running += 1));
      await new Promise((done) => setTimeout(done, 30));
      running -= 1;
    };
    const good = Array.from({ length: 6 }, () => command({ do: 'only this' }));
    const withEvents = command({ do: 'it' });
    const failing = command({ do: 'refuse' });
    await sendTogether(...good, withEvents, failing);
    for (const sent of [...good, withEvents])
      expect((await side.resultOf(sent)).data).toMatchObject({ status: 'completed', output: { done: 'x' } });
    expect((await side.resultOf(failing)).data).toMatchObject({ error: { code: 'sample.refused' } });
    expect(most).toBe(AT_ONCE);
    expect(await completed([...good, withEvents, failing])).toBe(8);
  });

  it('cut off between its commit and its answers, another instance answers from the inbox', async () => {
    const sent = [command({ do: 'only this' }), command({ do: 'only this' })];
    sample.running = () => service.runtime.messaging.nc.close();
    await sendTogether(...sent);
    await eventually(async () => (await completed(sent)) === 2);
    expect(sent.flatMap((one) => side.resultsOf(one))).toEqual([]);
    // The broker forgets who had it: as if the ack wait were over.
    await (await bus.jsm()).consumers.delete('CMD', 'sample-default');
    const second = await start();
    for (const one of sent) expect((await side.resultOf(one)).data.status).toBe('completed');
    expect(sample.handled).toHaveLength(2);
    await second.stop();
  });

  it('finishes a batch that it has in hand when it is told to stop', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((done) => (open = done));
    sample.running = () => gate;
    const sent = Array.from({ length: 3 }, () => command({ do: 'only this' }));
    await sendTogether(...sent);
    await eventually(() => sample.handled.length === AT_ONCE);
    const stopped = service.stop();
    setTimeout(open, 200);
    await stopped;
    for (const one of sent) expect((await side.resultOf(one)).data.status).toBe('completed');
    expect(sample.handled).toHaveLength(3);
  });
});

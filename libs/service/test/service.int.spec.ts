import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { subjects } from '@trimtab/contracts';
import type { TaskResultData } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import type { Messaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/messaging/testing';
import { parseConfig, serviceConfig, startService } from '../src/index.js';
import type { RunningService } from '../src/index.js';
import { z } from 'zod';
import { command, connectPatiently, Orchestrating, runId } from './orchestrating.js';
import { sample, sampleService } from './sample.js';

let servers: TestServers;
let bus: Messaging;
let service: RunningService;
let side: Orchestrating;

const start = (): Promise<RunningService> => {
  const env = { NATS_URL: servers.natsUrl, DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'silent' };
  return startService(sampleService(parseConfig(z.object(serviceConfig), env)));
};

beforeAll(async () => {
  servers = await testServers({ postgres: 'own' });
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

const send = (envelope: Envelope, sendNumber?: number): Promise<unknown> => side.send(envelope, sendNumber);
const resultsOf = (envelope: Envelope): Envelope<TaskResultData>[] => side.resultsOf(envelope);
const resultOf = (envelope: Envelope): Promise<Envelope<TaskResultData>> => side.resultOf(envelope);
const rowsOf = async (sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await service.runtime.pool.query<Record<string, unknown>>(sql, values)).rows;

describe('a task command', () => {
  it('brings a result, numbered events and rows, all lined up with the command', async () => {
    const sent = command({ do: 'it' });
    await send(sent);
    const result = await resultOf(sent);
    expect(result).toMatchObject({
      source: '/trimtab/sample',
      type: 'trimtab.task.result.v1',
      runid: runId,
      taskid: sent.taskid,
      attempt: 1,
      causationid: sent.id,
      data: { status: 'completed', output: { done: 'x' }, worker: service.instanceId },
    });
    const claim = /^1\.(\d+)$/.exec(result.fencetoken ?? '')?.[1];
    expect(result.id).toBe(`${sent.id}.${claim}`);
    await eventually(() => sample.events.length === 2);
    expect(sample.events).toEqual(['1', '2']);
    const events: Envelope[] = [];
    await (
      await bus.replay({ stream: 'EVT', live: false, onMessage: (event) => void events.push(event) })
    ).finished;
    expect(events.map((event) => [event.sequence, event.subject, event.runid])).toEqual([
      ['1', 'sample/1', runId],
      ['2', 'sample/1', runId],
    ]);
    expect(await rowsOf('SELECT * FROM done WHERE task = $1', [sent.taskid])).toHaveLength(1);
    await eventually(async () => (await rowsOf('SELECT 1 FROM outbox WHERE sent_at IS NULL')).length === 0);
  });

  it('is worked on once, however often it is sent, and answered each time', async () => {
    const sent = command({ do: 'it' });
    await send(sent);
    const first = await resultOf(sent);
    await send(sent, 2);
    await eventually(() => resultsOf(sent).length === 2);
    expect(resultsOf(sent)[1]?.id).toBe(first.id);
    expect(sample.handled).toEqual([sent.taskid]);
  });

  it.each([
    ['what the handler refuses', { do: 'refuse' }, 'sample.refused', 'never'],
    ['what nobody expected', { do: 'crash' }, 'internal.unexpected', 'later'],
    ['an input that does not fit its contract', { do: 7 }, 'task.invalid-input', 'never'],
    ['an output that does not fit its contract', { do: 'nonsense' }, 'task.invalid-output', 'never'],
    ['an output that no reader of its message accepts', { do: 'forbidden' }, 'task.invalid-output', 'never'],
  ])('answers with a failure: %s', async (_what, input, code, retry) => {
    const sent = command(input);
    await send(sent);
    expect((await resultOf(sent)).data).toMatchObject({ status: 'failed', error: { code, retry } });
  });

  it('answers with a failure when its type is unknown, or its worker was told to stop at the deadline', async () => {
    const late = command({ do: 'wait' });
    (late.data as { deadline: string }).deadline = new Date(Date.now() + 300).toISOString();
    await send(late);
    expect((await resultOf(late)).data).toMatchObject({ error: { code: 'task.deadline', retry: 'later' } });
  });

  it('is aborted by a live cancellation', async () => {
    const sent = command({ do: 'wait' });
    await send(sent);
    await eventually(() => sample.handled.includes(sent.taskid ?? ''));
    const { taskid, attempt } = sent;
    const cancel = { kind: 'cancel', runId, taskId: taskid, attempt, at: new Date().toISOString() };
    // It may not listen yet: the message is core NATS and may be lost, so it is said again.
    await eventually(() => {
      bus.publishLive(subjects.live(runId), cancel);
      return resultsOf(sent).length > 0;
    });
    expect((await resultOf(sent)).data).toMatchObject({ error: { code: 'task.cancelled' } });
  });

  it('puts a large output into the artifact store', async () => {
    const sent = command({ do: 'it', size: 200_000 });
    await send(sent);
    const { data } = await resultOf(sent);
    const output = (data as { output: { $artifact: { ref: string } } }).output;
    const stored = await service.runtime.artifacts.readJson<{ done: string }>(output.$artifact.ref);
    expect(stored.done).toHaveLength(200_000);
  });

  it('says how far it is, live', async () => {
    const heard: { kind?: string; taskId?: string }[] = [];
    const stop = bus.subscribeLive(subjects.live(runId), (message) => void heard.push(message as object));
    await bus.nc.flush();
    let finish = (): void => undefined;
    sample.running = () => new Promise((done) => (finish = done));
    const sent = command({ do: 'it' });
    await send(sent);
    const itBeats = (): boolean =>
      heard.some(({ kind, taskId }) => kind === 'heartbeat' && taskId === sent.taskid);
    await eventually(itBeats);
    finish();
    await resultOf(sent);
    stop();
    expect(heard).toContainEqual(
      expect.objectContaining({ kind: 'progress', taskId: sent.taskid, done: 1, total: 2 }),
    );
    expect(heard).toContainEqual(expect.objectContaining({ kind: 'heartbeat', taskId: sent.taskid }));
  });
});

describe('trouble', () => {
  it('cut off between commit and publish, another instance publishes the result without working again', async () => {
    const sent = command({ do: 'it' });
    sample.running = async () => {
      // The connection dies without a word: nothing that follows the commit reaches the bus.
      await service.runtime.messaging.nc.close();
    };
    await send(sent);
    await eventually(
      async () =>
        (await rowsOf('SELECT 1 FROM inbox WHERE command_id = $1 AND completed_at IS NOT NULL', [sent.id]))
          .length === 1,
    );
    expect(resultsOf(sent)).toEqual([]);
    const second = await start();
    expect((await resultOf(sent)).data.status).toBe('completed');
    expect(sample.handled).toEqual([sent.taskid]);
    await second.stop();
  });

  it('keeps commands while Postgres is away and works on them when it is back', async () => {
    await servers.postgres!.kill();
    const sent = command({ do: 'it' });
    await send(sent);
    const ready = await fetch(`${service.healthUrl}/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { nats: 'up', postgres: 'down' }]);
    await new Promise((done) => setTimeout(done, 1_000));
    expect(resultsOf(sent)).toEqual([]);
    await servers.postgres!.start();
    expect((await resultOf(sent)).data.status).toBe('completed');
  });

  it('stores poison as a dead letter, and fails a command that nobody can handle so that its run goes on', async () => {
    await bus.publishRaw('trimtab.cmd.sample.default.work', new TextEncoder().encode('{"poison":'));
    const sent = command({});
    (sent.data as { type: string }).type = 'sample.unknown';
    await send(sent);
    expect((await resultOf(sent)).data).toMatchObject({
      status: 'failed',
      error: { code: 'task.dead-lettered' },
    });
    await eventually(async () => (await rowsOf('SELECT 1 FROM dead_letters')).length === 2);
    const rows = await rowsOf('SELECT reason, body FROM dead_letters ORDER BY position');
    expect(rows.map((row) => row['reason']).sort()).toEqual(['invalid-json', 'no-handler']);
    expect(rows.map((row) => (row['body'] as Buffer).toString())).toContain('{"poison":');
  });

  it('refuses the second half of a worker that was superseded', async () => {
    const sent = command({ do: 'it' });
    let claims = 0;
    sample.running = async () => {
      claims += 1;
      await service.runtime.pool.query('UPDATE inbox SET claim = claim + 1 WHERE command_id = $1', [sent.id]);
    };
    await send(sent);
    await eventually(() => claims === 1);
    await new Promise((done) => setTimeout(done, 500));
    expect(resultsOf(sent)).toEqual([]);
    expect(await rowsOf('SELECT 1 FROM done WHERE task = $1', [sent.taskid])).toEqual([]);
  });
});

describe('O25 a running service', () => {
  it('is found on $SRV with its task types and counts', async () => {
    const sent = command({ do: 'it' });
    await send(sent);
    await resultOf(sent);
    const ask = async (subject: string): Promise<Record<string, unknown>> =>
      (await bus.nc.request(subject, '', { timeout: 10_000 })).json();
    expect(await ask('$SRV.PING.sample')).toMatchObject({
      type: 'io.nats.micro.v1.ping_response',
      id: service.instanceId,
    });
    expect(await ask('$SRV.INFO.sample')).toMatchObject({
      metadata: { taskTypes: 'sample.work,sample.count', pool: 'default' },
    });
    expect(await ask(`$SRV.STATS.sample.${service.instanceId}`)).toMatchObject({
      endpoints: [{ num_errors: 0 }],
    });
  });

  it('finishes what it has in hand when it is told to stop', async () => {
    let finish = (): void => undefined;
    sample.running = () => new Promise((done) => (finish = done));
    const sent = command({ do: 'it' });
    await send(sent);
    await eventually(() => sample.handled.includes(sent.taskid ?? ''));
    const stopped = service.stop();
    setTimeout(() => finish(), 300);
    await stopped;
    expect((await resultOf(sent)).data.status).toBe('completed');
  });

  it('names every wrong variable at once and shows no secret', () => {
    const env = { DATABASE_URL: '', HEALTH_PORT: 'x', TRIMTAB_POOL: 'A B', NATS_URL: 'nats://u:secret@h' };
    const parse = (): unknown => parseConfig(z.object(serviceConfig), env);
    expect(parse).toThrow(/DATABASE_URL[^]*HEALTH_PORT[^]*TRIMTAB_POOL/);
    expect(parse).not.toThrow(/secret/);
  });
});

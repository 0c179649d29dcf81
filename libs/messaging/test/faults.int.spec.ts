import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import { ack } from '../src/index.js';
import type { Messaging } from '../src/index.js';
import { anEnvelope, eventually } from '../src/testing.js';
import { hasty, startBus, topology } from './bus.js';
import type { Bus } from './bus.js';

const subject = 'trimtab.cmd.hasty.do';
let bus: Bus;
let messaging: Messaging;

beforeAll(async () => {
  bus = await startBus();
  messaging = await bus.connect({ ackTimeoutMs: 10_000 });
  await messaging.provision(topology);
});
afterAll(() => bus.dispose());

const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('publishing against resistance', () => {
  it('says that a full stream wants patience and loses nothing that it took', async () => {
    const stream = {
      name: 'FULL',
      subjects: ['full.>'],
      retention: 'workqueue',
      discard: 'new',
      maxMessages: 2,
    } as const;
    await messaging.provision({ streams: [stream], consumers: [] });
    await messaging.publish('full.a', anEnvelope());
    await messaging.publish('full.a', anEnvelope());
    expect(await errorOf(messaging.publish('full.a', anEnvelope()))).toMatchObject({
      code: 'bus.full',
      retry: 'later',
    });
    expect((await (await messaging.jsm()).streams.info('FULL')).state.messages).toBe(2);
  });

  it('refuses what the broker would not take, for ever', async () => {
    const error = await errorOf(messaging.publish(subject, anEnvelope({ data: 'x'.repeat(1_048_577) })));
    expect(error).toMatchObject({ code: 'message.too-large', retry: 'never' });
  });

  it('says when no stream takes a subject', async () => {
    expect(await errorOf(messaging.publish('nowhere.at.all', anEnvelope()))).toMatchObject({
      code: 'bus.no-stream',
      retry: 'later',
    });
  });

  it('bounds what waits for its acknowledgement', async () => {
    const narrow = await bus.connect({ maxOutstanding: 2 });
    const results = await Promise.allSettled([1, 2, 3].map(() => narrow.publish(subject, anEnvelope())));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect((results[2] as PromiseRejectedResult).reason).toMatchObject({ code: 'bus.busy' });
    expect(narrow.publisher.outstanding).toBe(0);
  });
});

describe('outliving the broker', () => {
  it('publishes each message once over a restart, and a consumer goes on', async () => {
    await (await messaging.jsm()).streams.purge('CMD');
    const seen = new Set<string>();
    let deliveries = 0;
    const consumption = messaging.consume({
      ...hasty,
      onMessage: (delivery) => {
        deliveries += 1;
        seen.add(delivery.envelope.id);
        return ack;
      },
    });
    const published: Promise<unknown>[] = [];
    for (let i = 0; i < 200; i += 1) {
      published.push(messaging.publish(subject, anEnvelope({ id: `m${i}` })));
      if (i === 60) await bus.nats.kill();
      if (i === 140) await bus.nats.start();
      await new Promise((done) => setTimeout(done, 2));
    }
    const results = await Promise.allSettled(published);
    expect(results.filter((result) => result.status === 'rejected')).toEqual([]);
    await eventually(() => seen.size === 200);
    expect(deliveries).toBeLessThan(400);
    await consumption.stop();
  });

  it('restores streams and consumers after the whole store was deleted, and the consumer goes on by itself', async () => {
    const watch = messaging.watchProvisioning(topology, { everyMs: 1_000 });
    const handled = new Set<string>();
    const consumption = messaging.consume({
      ...hasty,
      onMessage: ({ envelope }) => (handled.add(envelope.id), ack),
    });
    /** Publishes until there is a stream again that takes it, and waits until it was handled. */
    const goesOn = async (id: string): Promise<void> => {
      const published = () => messaging.publish(subject, anEnvelope({ id })).then(() => true);
      await eventually(published, 90_000);
      await eventually(() => handled.has(id), 90_000);
    };
    await goesOn('before');
    await bus.nats.wipe();
    await bus.nats.start();
    await goesOn('after the store was deleted');
    await (await messaging.jsm()).consumers.delete('CMD', 'hasty');
    await goesOn('after the consumer was deleted');
    await (await messaging.jsm()).streams.delete('CMD');
    await goesOn('after the stream was deleted');
    await consumption.stop();
    await watch.stop();
  }, 300_000);

  it('reports what it changed, changes nothing twice and refuses what the broker fixes', async () => {
    const spec = { name: 'S', subjects: ['s.>'], retention: 'limits', discard: 'old' } as const;
    const worker = {
      stream: 'S',
      durable: 'd',
      filterSubjects: ['s.a', 's.b'],
      ackWaitMs: 5_000,
      maxDeliver: 2,
      maxAckPending: 9,
    };
    const first = { streams: [spec], consumers: [worker] };
    expect(await messaging.provision(first)).toMatchObject([{ change: 'created' }, { change: 'created' }]);
    expect(await messaging.provision(first)).toEqual([]);
    const second = {
      streams: [{ ...spec, maxBytes: 4_096 }],
      consumers: [{ ...worker, filterSubjects: ['s.a'], maxDeliver: 4 }],
    };
    expect(await messaging.provision(second)).toMatchObject([
      { change: 'updated', settings: ['max_bytes'] },
      { change: 'updated', settings: ['filter_subjects', 'max_deliver'] },
    ]);
    expect(await messaging.provision(second)).toEqual([]);
    const third = messaging.provision({ streams: [{ ...spec, retention: 'workqueue' }], consumers: [] });
    await expect(third).rejects.toMatchObject({ code: 'bus.cannot-update', retry: 'never' });
  });
});

describe('asking and answering', () => {
  const ask = (subjectName: string, data: unknown = {}): Promise<unknown> =>
    messaging.request(subjectName, anEnvelope({ data }), 10_000);

  it('refuses a question that the broker would not take, for ever', async () => {
    await expect(ask('ask.large', 'x'.repeat(1_048_577))).rejects.toMatchObject({
      code: 'message.too-large',
      retry: 'never',
    });
  });

  it('brings the answer, or the error that the responder threw', async () => {
    const refusal = new AppError('run.unknown', 'There is no such run.', { details: { runId: 'r1' } });
    messaging.respond('ask.echo', 'echo', (envelope) => ({ got: envelope.data }));
    messaging.respond('ask.fail', 'fail', () => Promise.reject(refusal));
    expect(await ask('ask.echo', { a: 1 })).toEqual({ got: { a: 1 } });
    expect(await errorOf(ask('ask.fail'))).toMatchObject({
      code: 'run.unknown',
      message: 'There is no such run.',
      retry: 'never',
      details: { runId: 'r1' },
    });
  });

  it('tells nobody-there from no-answer', async () => {
    expect(await errorOf(ask('ask.nobody'))).toMatchObject({ code: 'bus.no-answer', retry: 'later' });
    messaging.respond('ask.silent', 'silent', () => new Promise(() => undefined));
    const silent = messaging.request('ask.silent', anEnvelope(), 100);
    expect(await errorOf(silent)).toMatchObject({ code: 'bus.timeout', retry: 'later' });
  });

  it('answers nonsense and answers that are too large with an error', async () => {
    messaging.respond('ask.large', 'large', () => 'x'.repeat(1_100_000));
    expect(await errorOf(ask('ask.large'))).toMatchObject({ code: 'message.too-large' });
    const answer = await messaging.nc.request('ask.echo', '{"nonsense":', { timeout: 10_000 });
    expect(answer.json()).toMatchObject({ ok: false, error: { code: 'message.undecodable' } });
  });
});

describe('replaying a stream', () => {
  it('reads from the start, from a sequence and on to what comes', async () => {
    for (const n of [1, 2, 3]) await messaging.publish('trimtab.evt.a.b.v1', anEnvelope({ data: n }));
    const read = async (from?: number): Promise<unknown[]> => {
      const data: unknown[] = [];
      const onMessage = (envelope: { data: unknown }): void => void data.push(envelope.data);
      await (
        await messaging.replay({
          stream: 'EVT',
          filterSubjects: ['trimtab.evt.>'],
          from,
          live: false,
          onMessage,
        })
      ).finished;
      return data;
    };
    expect(await read()).toEqual([1, 2, 3]);
    expect(await read(2)).toEqual([2, 3]);
    const live: unknown[] = [];
    const replay = await messaging.replay({
      stream: 'EVT',
      live: true,
      onMessage: (envelope) => void live.push(envelope.data),
    });
    await messaging.publish('trimtab.evt.a.b.v1', anEnvelope({ data: 4 }));
    await eventually(() => live.length === 4);
    await replay.stop();
  });

  it('hears live messages and skips what is not JSON', async () => {
    const heard: unknown[] = [];
    const stop = messaging.subscribeLive('trimtab.live.*', (message) => void heard.push(message));
    await messaging.nc.flush();
    messaging.nc.publish('trimtab.live.r1', '{"a"');
    messaging.publishLive('trimtab.live.r1', { done: 1 });
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([{ done: 1 }]);
    stop();
  });
});

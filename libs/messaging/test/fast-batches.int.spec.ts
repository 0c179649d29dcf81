import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Envelope } from '@trimtab/kernel';
import type { Messaging } from '../src/index.js';
import { anEnvelope } from '../src/testing.js';
import { startBus } from './bus.js';
import type { Bus } from './bus.js';

const limits = { retention: 'limits', discard: 'old' } as const;
let bus: Bus;
let messaging: Messaging;

beforeAll(async () => {
  bus = await startBus();
  messaging = await bus.connect({ ackTimeoutMs: 20_000 });
  const streams = [
    { name: 'MANY', subjects: ['many.>'], ...limits, batches: true },
    { name: 'PLAIN', subjects: ['plain.>'], ...limits },
  ];
  await messaging.provision({ streams, consumers: [] });
});
afterAll(() => bus.dispose());

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const eventsOf = (name: string, count: number): Envelope[] =>
  Array.from({ length: count }, (_, n) =>
    anEnvelope({ id: `${name}-${n}`, traceparent: TRACE, data: { n, text: 'ä'.repeat(n % 7) } }),
  );
const publish = (subject: string, events: readonly Envelope[]): Promise<void> =>
  messaging.publishAll(events.map((envelope, n) => ({ subject: `${subject}.${n % 3}`, envelope })));

interface Kept {
  readonly envelope: Envelope;
  readonly header: (name: string) => string;
}

async function kept(stream: string): Promise<Kept[]> {
  const jsm = await messaging.jsm();
  const { state } = await jsm.streams.info(stream);
  const found: Kept[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await jsm.streams.getMessage(stream, { seq });
    if (message) found.push({ envelope: message.json(), header: (name) => message.header.get(name) });
  }
  return found;
}

describe('publishing many events', () => {
  it('stores each as a message of its own, in order, and asks for far fewer acknowledgements', async () => {
    const events = eventsOf('own', 300);
    const before = messaging.nc.stats().inMsgs;
    await publish('many', events);
    expect(messaging.nc.stats().inMsgs - before).toBeLessThan(30);
    const found = await kept('MANY');
    expect(found.map(({ envelope }) => envelope)).toEqual(events);
    expect(found.map(({ header }) => header('Nats-Msg-Id'))).toEqual(events.map(({ id }) => `${id}:1`));
    expect(new Set(found.map(({ header }) => header('traceparent')))).toEqual(new Set([TRACE]));
    expect(found[0]?.header('content-type')).toBe('application/cloudevents+json');
    expect(messaging.publisher.outstanding).toBe(0);
  });

  it('leaves out those that the stream has, whichever way they came', async () => {
    const [first, ...rest] = eventsOf('again', 20);
    const before = (await kept('MANY')).length;
    await messaging.publish('many.0', first!);
    await publish('many', [first!, ...rest]);
    await publish('many', [first!, ...rest]);
    expect((await kept('MANY')).slice(before).map(({ envelope }) => envelope.id)).toEqual(
      [first!, ...rest].map(({ id }) => id),
    );
  });

  it('publishes one by one into a stream that takes no batches', async () => {
    const events = eventsOf('plain', 10);
    await publish('plain', events);
    await publish('plain', eventsOf('plain-more', 10));
    expect((await kept('PLAIN')).slice(0, 10).map(({ envelope }) => envelope)).toEqual(events);
    expect(await kept('PLAIN')).toHaveLength(20);
  });

  it('says what is wrong with one of them when the others are stored', async () => {
    const other = await bus.connect();
    const events = [...eventsOf('large', 5), anEnvelope({ id: 'too-large', data: 'x'.repeat(1_048_577) })];
    const work = other.publishAll(events.map((envelope) => ({ subject: 'many.0', envelope })));
    await expect(work).rejects.toMatchObject({ code: 'message.too-large' });
    const ids = (await kept('MANY')).map(({ envelope }) => envelope.id);
    expect(ids.filter((id) => id.startsWith('large-'))).toHaveLength(5);
  });

  it('brings all of them over a restart of the broker, each once', async () => {
    const batches = Array.from({ length: 30 }, (_, i) => eventsOf(`restart-${i}`, 20));
    const published: Promise<void>[] = [];
    for (const [i, events] of batches.entries()) {
      published.push(publish('many', events));
      if (i === 10) await bus.nats.kill();
      if (i === 20) await bus.nats.start();
    }
    await Promise.all(published);
    const ids = (await kept('MANY')).map(({ envelope }) => envelope.id);
    const wanted = batches.flat().map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith('restart-')).sort()).toEqual(wanted.sort());
  });
});

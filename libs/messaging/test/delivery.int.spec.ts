import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '@trimtab/kernel';
import { ack, encodeBinary, readAdvisory } from '../src/index.js';
import type { DeadLetterRecord, Delivery, Messaging } from '../src/index.js';
import { anEnvelope, eventually } from '../src/testing.js';
import { busForSpecs, consumerOf, hasty, working } from './bus.js';

const subject = 'trimtab.cmd.worker.do';
const { bus, messaging, consume, left } = busForSpecs();

describe('delivering messages', () => {
  it('brings structured and binary CloudEvents with their headers, and removes them when acknowledged', async () => {
    const seen: Delivery[] = [];
    consume({ onMessage: (delivery) => (seen.push(delivery), ack) });
    const structured = anEnvelope({ data: { n: 1 } });
    const binary = anEnvelope({ data: { n: 2 }, subject: 'Zürich "x"' });
    await messaging().publish(subject, structured, { headers: { 'x-note': 'hello' } });
    const { bytes, headers } = encodeBinary(binary);
    await messaging().publishRaw(subject, bytes, { headers });
    const firstOf = ({ id }: Envelope): Delivery | undefined =>
      seen.find(({ envelope }) => envelope.id === id);
    await eventually(() => Boolean(firstOf(structured) && firstOf(binary)));
    expect([structured, binary].map((sent) => firstOf(sent)?.envelope)).toEqual([structured, binary]);
    expect(seen[0]).toMatchObject({
      subject,
      deliveryCount: 1,
      lastDelivery: false,
      stream: 'CMD',
      consumer: 'worker',
    });
    expect(seen[0]?.headers['x-note']).toBe('hello');
    await eventually(async () => (await left('CMD')) === 0);
  });

  it('stores a message id once and a deliberate re-send again', async () => {
    const envelope = anEnvelope();
    expect((await messaging().publish(subject, envelope)).duplicate).toBe(false);
    expect((await messaging().publish(subject, envelope)).duplicate).toBe(true);
    expect((await messaging().publish(subject, envelope, { sendNumber: 2 })).duplicate).toBe(false);
    expect(await left('CMD')).toBe(2);
  });

  it('delivers again after a failure and after a retry was asked for', async () => {
    const counts: number[] = [];
    consume({
      onMessage: (delivery) => {
        counts.push(delivery.deliveryCount);
        if (delivery.deliveryCount === 1) throw new Error('first');
        return delivery.deliveryCount === 2 ? { kind: 'retry', delayMs: 20, reason: 'later' } : ack;
      },
    });
    await messaging().publish(subject, anEnvelope());
    await eventually(() => counts.length === 3);
    expect(counts).toEqual([1, 2, 3]);
    await eventually(async () => (await left('CMD')) === 0);
    expect(await left('DLQ')).toBe(0);
  });

  it('keeps the original bytes and headers of what failed on its last delivery', async () => {
    const letters: DeadLetterRecord[] = [];
    let leftWhenStored = -1;
    consume({
      onMessage: () => Promise.reject(new Error('no way')),
      onDeadLetter: async (letter) => {
        leftWhenStored = await left('CMD');
        letters.push(letter);
      },
    });
    const body = new TextEncoder().encode(JSON.stringify(anEnvelope({ id: 'odd' }), null, 3));
    await messaging().publishRaw(subject, body, { headers: { 'x-note': 'n' } });
    await eventually(async () => (await left('DLQ')) === 1 && (await left('CMD')) === 0);
    const stored = await (await messaging().jsm()).streams.getMessage('DLQ', { seq: 1 });
    expect(stored?.subject).toBe('trimtab.dlq.worker.handler-failed');
    expect(Buffer.from(stored?.data ?? [])).toEqual(Buffer.from(body));
    const header = (name: string): string | undefined => stored?.header?.get(name);
    expect([header('x-note'), header('Trimtab-Dead-Subject'), header('Trimtab-Dead-Deliveries')]).toEqual([
      'n',
      subject,
      '3',
    ]);
    expect(header('Trimtab-Dead-Error')).toBe('no way');
    expect(letters).toHaveLength(1);
    expect(leftWhenStored).toBe(1);
    expect(Buffer.from(letters[0]?.body ?? [])).toEqual(Buffer.from(body));
  });

  it('dead-letters each form of poison at once and goes on', async () => {
    const good: string[] = [];
    consume({ onMessage: (delivery) => (good.push(delivery.envelope.id), ack) });
    const poison = [
      '{"a":',
      '[]',
      '{}',
      JSON.stringify(anEnvelope({ specversion: '0.3' as '1.0' })),
      '['.repeat(100_000),
    ];
    for (const text of poison) await messaging().publishRaw(subject, new TextEncoder().encode(text));
    await messaging().publishRaw(subject, Uint8Array.of(0x22, 0xff, 0x22));
    await messaging().publish(subject, anEnvelope({ id: 'good' }));
    await eventually(async () => (await left('DLQ')) === 6 && good.length === 1);
    await eventually(async () => (await left('CMD')) === 0);
    const info = await (await messaging().jsm()).streams.info('DLQ', { subjects_filter: '>' });
    expect(Object.keys(info.state.subjects ?? {}).map((name) => name.split('.').pop()).sort()).toEqual([
      'invalid-json', 'invalid-utf8', 'missing-attribute', 'not-an-object', 'too-deep', 'wrong-specversion',
    ]); // prettier-ignore
  });

  it('keeps a message that cannot be dead-lettered until it can be', async () => {
    let stored = 0;
    consume({
      onMessage: () => ({ kind: 'dead', reason: 'refused' }),
      onDeadLetter: () => ((stored += 1) < 3 ? Promise.reject(new Error('no database')) : Promise.resolve()),
    });
    await messaging().publish(subject, anEnvelope());
    await eventually(async () => (await left('DLQ')) === 1 && (await left('CMD')) === 0);
    expect(stored).toBe(3);
  });

  it('never has more messages in hand than allowed, and takes none that wait in a buffer', async () => {
    let now = 0;
    let most = 0;
    let handled = 0;
    let open = (): void => undefined;
    const gate = new Promise<void>((done) => (open = done));
    const four = consume({
      concurrency: 4,
      onMessage: async () => {
        most = Math.max(most, (now += 1));
        await gate;
        await new Promise((done) => setTimeout(done, 20));
        now -= 1;
        handled += 1;
        return ack;
      },
    });
    await Promise.all(Array.from({ length: 40 }, () => messaging().publish(subject, anEnvelope())));
    await eventually(() => four.inFlight === 4);
    const info = await (await messaging().jsm()).consumers.info('CMD', 'worker');
    expect(info).toMatchObject({ num_ack_pending: 4, num_waiting: 0, num_pending: 36 });
    open();
    await eventually(() => handled === 40);
    expect(most).toBe(4);
  });

  it('does not deliver again while a handler works longer than the ack wait', async () => {
    const slow = { ...working, durable: 'slow', ackWaitMs: 2_000 };
    await messaging().provision({ streams: [], consumers: [consumerOf(slow)] });
    const deliveries: string[] = [];
    consume({
      ...slow,
      onMessage: async ({ envelope }) => {
        deliveries.push(envelope.id);
        await new Promise((done) => setTimeout(done, 2_700));
        return ack;
      },
    });
    // Nothing is to be learnt while the machine stands still: who cannot say that it works is taken for dead.
    for (let stoodStillMs = Infinity; stoodStillMs > 1_000;) {
      const { id } = anEnvelope();
      const longest = longestPause(messaging());
      await messaging().publish('trimtab.cmd.slow.do', anEnvelope({ id }));
      await eventually(async () => (await left('CMD')) === 0);
      stoodStillMs = longest();
      if (stoodStillMs <= 1_000) expect(deliveries.filter((one) => one === id)).toHaveLength(1);
    }
  });

  it('finishes what is in hand when it stops, and leaves the rest for others', async () => {
    let finished = 0;
    let finish = (): void => undefined;
    const told = new Promise<void>((done) => (finish = done));
    const slow = consume({
      concurrency: 2,
      onMessage: async () => {
        await told;
        finished += 1;
        return ack;
      },
    });
    await Promise.all(Array.from({ length: 6 }, () => messaging().publish(subject, anEnvelope())));
    await eventually(() => slow.inFlight === 2);
    const stopped = slow.stop();
    finish();
    await stopped;
    expect(finished).toBe(2);
    await eventually(async () => (await left('CMD')) === 4);
    let rest = 0;
    consume({ onMessage: () => ((rest += 1), ack) });
    await eventually(() => rest === 4);
  });

  it('buries a message whose consumers died on every delivery, from the captured advisory', async () => {
    const other = await bus().connect();
    const dying = other.consume({
      ...hasty,
      ackWaitMs: 900_000,
      onMessage: () => new Promise(() => undefined),
    });
    const body = new TextEncoder().encode(JSON.stringify(anEnvelope({ id: 'killer' })));
    await messaging().publishRaw('trimtab.cmd.hasty.do', body);
    await eventually(async () => (await left('ADV')) === 1);
    await dying.stop(10);
    const jsm = await messaging().jsm();
    const advisory = readAdvisory(
      (await jsm.streams.getMessage('ADV', { seq: 1 }))?.data ?? new Uint8Array(),
    );
    const letter = await messaging().buryGivenUp(advisory!, { service: 'worker', removeFromStream: true });
    expect(letter).toMatchObject({
      reason: 'max-deliveries',
      deliveryCount: 3,
      subject: 'trimtab.cmd.hasty.do',
    });
    expect([await left('CMD'), await left('DLQ')]).toEqual([0, 1]);
    expect(
      await messaging().buryGivenUp(advisory!, { service: 'worker', removeFromStream: true }),
    ).toBeUndefined();
  });
});

/** The longest time in which this process or the broker could do nothing, in milliseconds, from now until it is asked for. */
function longestPause({ nc }: Messaging): () => number {
  let [last, longest, ended] = [performance.now(), 0, false];
  const look = (): void => {
    const now = performance.now();
    [last, longest] = [now, Math.max(longest, now - last)];
  };
  const follow = async (): Promise<void> => {
    for (; !ended; look()) await Promise.all([nc.flush(), new Promise((done) => setTimeout(done, 20))]);
  };
  void follow();
  return () => (look(), (ended = true), longest);
}

import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '@trimtab/kernel';
import { ack, batchOf, encodeEntry } from '../src/index.js';
import type { DeadLetterRecord, Delivery } from '../src/index.js';
import { anEnvelope, eventually } from '../src/testing.js';
import { busForSpecs, hasty } from './bus.js';

const subject = 'trimtab.cmd.worker.do';
const { messaging, consume, left } = busForSpecs();
const publish = (...events: (Envelope | string)[]): Promise<unknown> => publishTo(subject, ...events);
const publishTo = (to: string, ...events: (Envelope | string)[]): Promise<unknown> =>
  messaging().publishBatch(
    to,
    batchOf(events.map((one) => (typeof one === 'string' ? one : encodeEntry(one)))),
  );

describe('a batch of events in one message', () => {
  it('brings each to the handler, knowing that they came together, and is removed when all are settled', async () => {
    const seen: Delivery[] = [];
    consume({ onMessage: (delivery) => (seen.push(delivery), ack) });
    const events = [1, 2, 3].map((n) => anEnvelope({ data: { n } }));
    await publish(...events);
    await messaging().publish(subject, anEnvelope());
    await eventually(() => seen.length === 4);
    expect(seen.slice(0, 3).map(({ envelope }) => envelope)).toEqual(events);
    expect(new Set(seen.slice(0, 3).map(({ batch }) => batch)).size).toBe(1);
    expect(seen.map(({ batch }) => batch !== undefined)).toEqual([true, true, true, false]);
    await eventually(async () => (await left('CMD')) === 0);
  });

  it('buries a bad one alone, with its reason and its own bytes', async () => {
    const letters: DeadLetterRecord[] = [];
    const handled: string[] = [];
    const refused = anEnvelope();
    consume({
      onDeadLetter: async (letter) => void letters.push(letter),
      onMessage: ({ envelope }) => {
        handled.push(envelope.id);
        return envelope.id === refused.id ? { kind: 'dead', reason: 'refused', error: 'no' } : ack;
      },
    });
    const good = [anEnvelope(), anEnvelope()];
    const nul = JSON.stringify(anEnvelope({ data: { text: '\0' } }));
    await publish(good[0]!, '{"specversion":"1.0"}', refused, nul, good[1]!);
    await eventually(async () => letters.length === 3 && (await left('CMD')) === 0);
    expect(letters.map(({ reason }) => reason).sort()).toEqual([
      'forbidden-value',
      'missing-attribute',
      'refused',
    ]);
    expect(handled).toEqual([good[0]!.id, refused.id, good[1]!.id]);
    const body = letters.find(({ reason }) => reason === 'refused')!.body;
    expect(JSON.parse(Buffer.from(body).toString())).toEqual(refused);
    expect(await left('DLQ')).toBe(3);
  });

  it('tries one again by itself, without the others', async () => {
    const counts = new Map<string, number>();
    const [first, second] = [anEnvelope(), anEnvelope()];
    consume({
      onMessage: ({ envelope: { id }, batch }) => {
        counts.set(id, (counts.get(id) ?? 0) + 1);
        if (id === first!.id && batch) throw new Error('not yet');
        return ack;
      },
    });
    await publish(first!, second!);
    await eventually(async () => counts.get(first!.id) === 2 && (await left('CMD')) === 0);
    expect(counts.get(second!.id)).toBe(1);
  });

  it('comes in parts when it was delivered before, so that one that kills its worker is found alone', async () => {
    const events = [anEnvelope(), anEnvelope(), anEnvelope()];
    const again = { ...hasty, splitRedelivered: true };
    const leaving = consume({ ...again, onMessage: () => ({ kind: 'leave' }) });
    await publishTo('trimtab.cmd.hasty.do', ...events);
    await eventually(() => leaving.handled > 0);
    await leaving.stop(100);
    const seen: Delivery[] = [];
    consume({ ...again, onMessage: (delivery) => (seen.push(delivery), ack) });
    const ids = () => new Set(seen.map(({ envelope }) => envelope.id));
    await eventually(async () => ids().size === 3 && (await left('CMD')) === 0);
    expect(seen.filter(({ batch }) => batch !== undefined)).toEqual([]);
    expect(ids()).toEqual(new Set(events.map(({ id }) => id)));
  });

  it('is a dead letter as a whole when it is no batch', async () => {
    const letters: DeadLetterRecord[] = [];
    consume({ onDeadLetter: async (letter) => void letters.push(letter), onMessage: () => ack });
    await messaging().publishBatch(subject, new TextEncoder().encode('{"not":"a list"}'));
    await messaging().publishBatch(subject, new TextEncoder().encode('[{'));
    await eventually(() => letters.length === 2);
    expect(letters.map(({ reason }) => reason)).toEqual(['invalid-json', 'invalid-json']);
  });
});

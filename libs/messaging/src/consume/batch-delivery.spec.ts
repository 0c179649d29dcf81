import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '@trimtab/kernel';
import { batchOf, encodeEntry } from '../codec/batch.js';
import { anEnvelope } from '../testing.js';
import { settleBatch } from './batch-delivery.js';
import type { Delivery, RawDelivery, Settlement } from './delivery.js';

const messageOf = (events: readonly Envelope[]): RawDelivery =>
  ({
    stream: 'S',
    streamSequence: 7,
    deliveryCount: 1,
    subject: 's',
    raw: batchOf(events.map(encodeEntry)),
  }) as never;

/** Settles a batch by what `handle` says, and tells which events went on as single messages. */
function settling(events: readonly Envelope[], handle: (delivery: Delivery) => Settlement) {
  const alone: string[] = [];
  const settled = settleBatch(messageOf(events), {
    handle,
    threw: (_delivery, error) => ({ kind: 'retry', delayMs: 0, reason: String(error) }),
    bury: () => Promise.resolve(true),
    publish: (_subject, bytes) => {
      alone.push((JSON.parse(Buffer.from(bytes).toString()) as Envelope).id);
      return Promise.resolve();
    },
    pause: () => Promise.resolve(),
    split: false,
  });
  return { settled, alone };
}

const events = ['a', 'b', 'c'].map((id) => anEnvelope({ id }));

describe('events of a batch whose answers are under way', () => {
  it('are acknowledged together when these have arrived, not before', async () => {
    let arrived = (): void => undefined;
    const once = new Promise<void>((resolve) => (arrived = resolve));
    const { settled, alone } = settling(events, () => ({ kind: 'ack', once }));
    let over = false;
    void settled.then(() => (over = true));
    await new Promise((done) => setImmediate(done));
    expect(over).toBe(false);
    arrived();
    expect(await settled).toEqual({ kind: 'ack' });
    expect(alone).toEqual([]);
  });

  it('are tried again, each for itself, when these were lost', async () => {
    const once = Promise.reject(new Error('lost'));
    const { settled, alone } = settling(events, ({ envelope }) =>
      envelope.id === 'b' ? { kind: 'ack' } : { kind: 'ack', once },
    );
    expect(await settled).toEqual({ kind: 'ack' });
    expect(alone).toEqual(['a', 'c']);
  });
});

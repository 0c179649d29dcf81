import type { Envelope } from '@trimtab/kernel';
import { decodeBatch } from '../codec/batch.js';
import type { BatchEntry } from '../codec/batch.js';
import type { DecodeReason } from '../codec/decode.js';
import { STRUCTURED_CONTENT_TYPE } from '../codec/encode.js';
import type { Batch, Delivery, RawDelivery, Settlement } from './delivery.js';

/** What the loop does for the entries of a batch. */
export interface BatchHost {
  readonly handle: (delivery: Delivery) => Promise<Settlement> | Settlement;
  /** What becomes of an event whose handler threw. */
  readonly threw: (delivery: Delivery, error: unknown) => Settlement;
  /** Resolves when the dead letter is stored and published; false when that must be tried again later. */
  readonly bury: (entry: RawDelivery, reason: string, error: unknown) => Promise<boolean>;
  readonly publish: (subject: string, bytes: Uint8Array, msgId: string) => Promise<unknown>;
  readonly pause: (ms: number) => Promise<void>;
  /** Somebody may have died with it in hand: its entries go on as single messages, so that only the poisonous one suffers. */
  readonly split: boolean;
}

export type BatchSettlement = Extract<Settlement, { kind: 'ack' | 'leave' | 'dead' | 'retry' }>;

type Fate = 'done' | 'leave' | 'again';

/**
 * Settles each event of a batch by itself: a bad one becomes a dead letter, one that must be tried again is sent as a
 * single message. The message is acknowledged when nothing of it is left to do. All handlers are called in one turn.
 */
export async function settleBatch(raw: RawDelivery, host: BatchHost): Promise<BatchSettlement> {
  const decoded = decodeBatch(raw.raw);
  if (!decoded.ok) return { kind: 'dead', reason: decoded.reason, error: decoded.message };
  const { entries } = decoded;
  const batch = { size: entries.length };
  const fates = await Promise.all(entries.map((entry, index) => fateOf(entry, index, raw, host, batch)));
  if (fates.includes('again'))
    return { kind: 'retry', delayMs: 1_000 * raw.deliveryCount, reason: 'batch-unsettled' };
  return fates.includes('leave') ? { kind: 'leave' } : { kind: 'ack' };
}

function fateOf(
  entry: BatchEntry,
  index: number,
  raw: RawDelivery,
  host: BatchHost,
  batch: Batch,
): Fate | Promise<Fate> {
  const { decoded } = entry;
  const follow = (settlement: Settlement): Fate | Promise<Fate> => after(settlement, entry, index, raw, host);
  if (!decoded.ok)
    return follow({ kind: 'dead', reason: decoded.reason satisfies DecodeReason, error: decoded.message });
  if (host.split) return follow({ kind: 'retry', delayMs: 0, reason: 'split' });
  const delivery = deliveryOf(raw, decoded.envelope, batch);
  try {
    const settlement = host.handle(delivery);
    if (!('then' in settlement)) return follow(settlement);
    return settlement.then(follow, (error: unknown) => follow(host.threw(delivery, error)));
  } catch (error) {
    return follow(host.threw(delivery, error));
  }
}

function after(
  settlement: Settlement,
  entry: BatchEntry,
  index: number,
  raw: RawDelivery,
  host: BatchHost,
): Fate | Promise<Fate> {
  switch (settlement.kind) {
    case 'ack':
      return 'done';
    case 'leave':
      return 'leave';
    case 'dead':
      return host
        .bury(alone(entry, index, raw), settlement.reason, settlement.error)
        .then((buried): Fate => (buried ? 'done' : 'again'));
    case 'retry':
      return sendAlone(entry, index, raw, host, settlement.delayMs);
  }
}

/** Written out: it is made for every event, and a copy of all properties costs several times as much. */
const deliveryOf = (raw: RawDelivery, envelope: Envelope, batch: Batch): Delivery => ({
  stream: raw.stream,
  consumer: raw.consumer,
  deliveryCount: raw.deliveryCount,
  streamSequence: raw.streamSequence,
  pending: raw.pending,
  subject: raw.subject,
  headers: raw.headers,
  originalHeaders: raw.originalHeaders,
  raw: raw.raw,
  receivedAt: raw.receivedAt,
  lastDelivery: false,
  working: raw.working,
  envelope,
  batch,
});

/** The same id however often this is repeated, so that the broker stores it once. */
async function sendAlone(
  entry: BatchEntry,
  index: number,
  raw: RawDelivery,
  host: BatchHost,
  delayMs: number,
): Promise<Fate> {
  if (delayMs > 0) await host.pause(delayMs);
  const msgId = `${raw.stream}:${raw.streamSequence}:${index}`;
  return host.publish(raw.subject, entry.bytes(), msgId).then(
    (): Fate => 'done',
    (): Fate => 'again',
  );
}

/** The entry as if it had come as a message of its own. */
const alone = (entry: BatchEntry, index: number, raw: RawDelivery): RawDelivery => ({
  ...raw,
  raw: entry.bytes(),
  headers: { 'content-type': STRUCTURED_CONTENT_TYPE },
  originalHeaders: [
    ['content-type', [STRUCTURED_CONTENT_TYPE]],
    ['Nats-Msg-Id', [`${raw.stream}:${raw.streamSequence}:${index}`]],
  ],
});

import { decodeBatch } from '../codec/batch.js';
import type { BatchEntry } from '../codec/batch.js';
import type { DecodeReason } from '../codec/decode.js';
import { STRUCTURED_CONTENT_TYPE } from '../codec/encode.js';
import type { Delivery, RawDelivery, Settlement } from './delivery.js';

/** What the loop does for the entries of a batch. */
export interface BatchHost {
  readonly handle: (delivery: Delivery) => Promise<Settlement>;
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
 * single message. The message is acknowledged when nothing of it is left to do.
 */
export async function settleBatch(raw: RawDelivery, host: BatchHost): Promise<BatchSettlement> {
  const decoded = decodeBatch(raw.raw);
  if (!decoded.ok) return { kind: 'dead', reason: decoded.reason, error: decoded.message };
  const batch = {};
  const fates = await Promise.all(decoded.entries.map((entry, i) => fateOf(entry, i, raw, host, batch)));
  if (fates.includes('again'))
    return { kind: 'retry', delayMs: 1_000 * raw.deliveryCount, reason: 'batch-unsettled' };
  return fates.includes('leave') ? { kind: 'leave' } : { kind: 'ack' };
}

async function fateOf(
  entry: BatchEntry,
  index: number,
  raw: RawDelivery,
  host: BatchHost,
  batch: object,
): Promise<Fate> {
  const settlement = await settlementOf(entry, raw, host, batch);
  switch (settlement.kind) {
    case 'ack':
      return 'done';
    case 'leave':
      return 'leave';
    case 'dead':
      return (await host.bury(alone(entry, index, raw), settlement.reason, settlement.error))
        ? 'done'
        : 'again';
    case 'retry':
      return sendAlone(entry, index, raw, host, settlement.delayMs);
  }
}

async function settlementOf(
  { decoded }: BatchEntry,
  raw: RawDelivery,
  host: BatchHost,
  batch: object,
): Promise<Settlement> {
  if (!decoded.ok)
    return { kind: 'dead', reason: decoded.reason satisfies DecodeReason, error: decoded.message };
  if (host.split) return { kind: 'retry', delayMs: 0, reason: 'split' };
  return host.handle({ ...raw, envelope: decoded.envelope, batch, lastDelivery: false });
}

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

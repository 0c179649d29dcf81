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
export function settleBatch(raw: RawDelivery, host: BatchHost): Promise<BatchSettlement> {
  const decoded = decodeBatch(raw.raw);
  if (!decoded.ok) return Promise.resolve({ kind: 'dead', reason: decoded.reason, error: decoded.message });
  return new Promise((resolve, reject) => new OpenBatch(raw, host, decoded.entries, resolve, reject).begin());
}

/** An event whose acknowledgement waits for something. */
interface Waiting {
  readonly index: number;
  readonly delivery: Delivery;
}

/** A batch in hand. Counts what is left instead of holding a promise for each event, which would cost more than most handlers. */
class OpenBatch {
  private left: number;
  private worst: Fate = 'done';
  private readonly waiting = new Map<Promise<unknown>, Waiting[]>();

  constructor(
    private readonly raw: RawDelivery,
    private readonly host: BatchHost,
    private readonly entries: readonly BatchEntry[],
    private readonly resolve: (settlement: BatchSettlement) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.left = entries.length;
  }

  begin(): void {
    const batch: Batch = { size: this.entries.length };
    for (const [index, { decoded }] of this.entries.entries()) {
      if (!decoded.ok) {
        const reason = decoded.reason satisfies DecodeReason;
        this.burying(index, reason, decoded.message);
      } else if (this.host.split) this.sending(index, 0);
      else this.handle(index, new BatchedDelivery(this.raw, decoded.envelope, batch));
    }
  }

  private handle(index: number, delivery: Delivery): void {
    let settlement: Promise<Settlement> | Settlement;
    try {
      settlement = this.host.handle(delivery);
    } catch (error) {
      return this.threw(index, delivery, error);
    }
    if (!('then' in settlement)) return this.follow(index, delivery, settlement);
    settlement.then(
      (settled) => this.follow(index, delivery, settled),
      (error: unknown) => this.threw(index, delivery, error),
    );
  }

  private threw(index: number, delivery: Delivery, error: unknown): void {
    this.follow(index, delivery, this.host.threw(delivery, error));
  }

  private follow(index: number, delivery: Delivery, settlement: Settlement): void {
    switch (settlement.kind) {
      case 'ack':
        return settlement.once ? this.await(settlement.once, { index, delivery }) : this.settled('done');
      case 'leave':
        return this.settled('leave');
      case 'dead':
        return this.burying(index, settlement.reason, settlement.error);
      case 'retry':
        return this.sending(index, settlement.delayMs);
    }
  }

  /** Many events wait for the same: their answers go out in one message. */
  private await(once: Promise<unknown>, one: Waiting): void {
    const known = this.waiting.get(once);
    if (known) return void known.push(one);
    const all = [one];
    this.waiting.set(once, all);
    once.then(
      () => {
        this.waiting.delete(once);
        this.settled('done', all.length);
      },
      (error: unknown) => {
        this.waiting.delete(once);
        for (const { index, delivery } of all) this.threw(index, delivery, error);
      },
    );
  }

  private burying(index: number, reason: string, error: unknown): void {
    this.host
      .bury(this.alone(index), reason, error)
      .then((buried) => this.settled(buried ? 'done' : 'again'), this.reject);
  }

  private sending(index: number, delayMs: number): void {
    this.sendAlone(index, delayMs).then(
      () => this.settled('done'),
      () => this.settled('again'),
    );
  }

  /** The same id however often this is repeated, so that the broker stores it once. */
  private async sendAlone(index: number, delayMs: number): Promise<void> {
    if (delayMs > 0) await this.host.pause(delayMs);
    await this.host.publish(this.raw.subject, this.bytesOf(index), this.idOf(index));
  }

  private settled(fate: Fate, count = 1): void {
    if (fate === 'again' || this.worst === 'done') this.worst = fate;
    this.left -= count;
    if (this.left > 0) return;
    if (this.worst === 'again')
      this.resolve({ kind: 'retry', delayMs: 1_000 * this.raw.deliveryCount, reason: 'batch-unsettled' });
    else this.resolve({ kind: this.worst === 'leave' ? 'leave' : 'ack' });
  }

  /** The entry as if it had come as a message of its own. */
  private alone(index: number): RawDelivery {
    const { stream, consumer, deliveryCount, streamSequence, pending, subject, receivedAt, lastDelivery } =
      this.raw;
    return {
      stream,
      consumer,
      deliveryCount,
      streamSequence,
      pending,
      subject,
      receivedAt,
      lastDelivery,
      working: () => this.raw.working(),
      raw: this.bytesOf(index),
      headers: { 'content-type': STRUCTURED_CONTENT_TYPE },
      originalHeaders: [
        ['content-type', [STRUCTURED_CONTENT_TYPE]],
        ['Nats-Msg-Id', [this.idOf(index)]],
      ],
    };
  }

  private bytesOf(index: number): Uint8Array {
    return this.entries[index]?.bytes() ?? new Uint8Array();
  }

  private idOf(index: number): string {
    return `${this.raw.stream}:${this.raw.streamSequence}:${index}`;
  }
}

/** One event of a batch: the message's delivery with its own envelope. Refers to it, since one is made for every event. */
class BatchedDelivery implements Delivery {
  readonly lastDelivery = false;

  constructor(
    private readonly message: RawDelivery,
    readonly envelope: Envelope,
    readonly batch: Batch,
  ) {}

  get stream(): string {
    return this.message.stream;
  }
  get consumer(): string {
    return this.message.consumer;
  }
  get deliveryCount(): number {
    return this.message.deliveryCount;
  }
  get streamSequence(): number {
    return this.message.streamSequence;
  }
  get pending(): number {
    return this.message.pending;
  }
  get subject(): string {
    return this.message.subject;
  }
  get headers(): RawDelivery['headers'] {
    return this.message.headers;
  }
  get originalHeaders(): RawDelivery['originalHeaders'] {
    return this.message.originalHeaders;
  }
  get raw(): Uint8Array {
    return this.message.raw;
  }
  get receivedAt(): Date {
    return this.message.receivedAt;
  }

  working(): void {
    this.message.working();
  }
}

import type { Msg } from '@nats-io/nats-core';
import type { Envelope } from '@trimtab/kernel';
import type { HeaderMap } from '../codec/decode.js';

/** What happens to a message after its handler. */
export type Settlement =
  /** `once`: when that is fulfilled; when it is rejected, the handler has thrown it. */
  | { readonly kind: 'ack'; readonly once?: Promise<unknown> }
  /** Deliver again after `delayMs`; on the last delivery it becomes a dead letter instead. */
  | { readonly kind: 'retry'; readonly delayMs: number; readonly reason: string; readonly error?: unknown }
  /** Another delivery of the message has the work: give the broker no answer for this one. */
  | { readonly kind: 'leave' }
  /** Publish to the dead letters and forget. `reason` is one subject token, for example `invalid-input`. */
  | { readonly kind: 'dead'; readonly reason: string; readonly error?: unknown };

export const ack: Settlement = { kind: 'ack' };

/** Where a message stands in its stream and consumer, from its reply subject. */
export interface DeliveryInfo {
  readonly stream: string;
  readonly consumer: string;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
  readonly streamSequence: number;
  readonly pending: number;
}

/** A message before its envelope was read. */
export interface RawDelivery extends DeliveryInfo {
  readonly subject: string;
  readonly headers: HeaderMap;
  /** The original headers as they came, for dead letters. */
  readonly originalHeaders: readonly (readonly [string, readonly string[]])[];
  readonly raw: Uint8Array;
  readonly receivedAt: Date;
  /** No further delivery follows a failure of this one. */
  readonly lastDelivery: boolean;
  /** Tells the broker that the work goes on; sent by itself every third of the ack wait. */
  working(): void;
}

/** One delivery of one message to a handler. */
export interface Delivery<Data = unknown> extends RawDelivery {
  readonly envelope: Envelope<Data>;
  /** The same object for all that came in one message; undefined for what came alone. */
  readonly batch?: Batch;
}

/** What came in one message. */
export interface Batch {
  /** How many events it had, readable or not. */
  readonly size: number;
}

/** `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<delivered>.<sseq>.<cseq>.<time>.<pending>[.<random>]` */
export function deliveryInfo(reply: string): DeliveryInfo | undefined {
  const tokens = reply.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const [stream = '', consumer = '', delivered, sequence, , , pending] = tokens.slice(
    tokens.length === 9 ? 2 : 4,
  );
  return {
    stream,
    consumer,
    deliveryCount: Number(delivered),
    streamSequence: Number(sequence),
    pending: Number(pending),
  };
}

const utf8 = new TextEncoder();
const ACK = utf8.encode('+ACK');
const WORKING = utf8.encode('+WPI');

/** The four answers that a pulled message may get. */
export const settle = {
  ack: (msg: Msg): void => void msg.respond(ACK),
  working: (msg: Msg): void => void msg.respond(WORKING),
  nak: (msg: Msg, delayMs: number): void =>
    void msg.respond(utf8.encode(delayMs > 0 ? `-NAK {"delay":${Math.round(delayMs) * 1_000_000}}` : '-NAK')),
};

/** A message as it came; what only a dead letter wants of it is put together when it is asked for. */
export class ReceivedMessage implements RawDelivery {
  readonly stream: string;
  readonly consumer: string;
  readonly deliveryCount: number;
  readonly streamSequence: number;
  readonly pending: number;
  readonly subject: string;
  readonly raw: Uint8Array;
  readonly receivedAt = new Date();

  constructor(
    private readonly msg: Msg,
    info: DeliveryInfo,
    readonly headers: HeaderMap,
    readonly lastDelivery: boolean,
  ) {
    this.stream = info.stream;
    this.consumer = info.consumer;
    this.deliveryCount = info.deliveryCount;
    this.streamSequence = info.streamSequence;
    this.pending = info.pending;
    this.subject = msg.subject;
    this.raw = msg.data;
  }

  get originalHeaders(): RawDelivery['originalHeaders'] {
    return this.msg.headers ? [...this.msg.headers] : [];
  }

  working(): void {
    settle.working(this.msg);
  }
}

import { createInbox } from '@nats-io/nats-core';
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/nats-core';
import { AppError, crashPoint } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { BATCH_CONTENT_TYPE } from '../codec/batch.js';
import { encode } from '../codec/encode.js';
import { endSpan, withTrace } from '../trace/trace.js';
import { FastBatches } from './fast-batches.js';
import type { Addressed } from './fast-batches.js';
import { busy, closed, tooLarge, unanswered } from './failures.js';
import { eventHeaders, HeaderBytes, messageIdOf } from './header-bytes.js';
import { readAck } from './pub-ack.js';
import type { PubAck } from './pub-ack.js';
import type { PublisherOptions, PublishOptions, RawPublishOptions } from './publish-options.js';

interface Waiting {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly headers: MsgHdrs;
  readonly size: number;
  readonly resolve: (ack: PubAck) => void;
  readonly reject: (error: AppError) => void;
  attempts: number;
  due: number;
  noStream: boolean;
}

const NO_STREAM_PAUSE_MS = 500;

/**
 * Publishes to JetStream with raw `publish` and one shared inbox for all acknowledgements. A message that is not
 * acknowledged, or was under way when the connection broke, is sent again under the same message id.
 */
export class Publisher {
  private readonly waiting = new Map<string, Waiting>();
  private readonly prefix = createInbox();
  private readonly subscription: Subscription;
  private readonly sweeper: NodeJS.Timeout;
  private readonly batches: FastBatches;
  private readonly limits: Required<PublisherOptions>;
  private counter = 0;
  private bytesWaiting = 0;
  private connected = true;

  constructor(
    private readonly nc: NatsConnection,
    options: PublisherOptions = {},
  ) {
    this.limits = {
      ackTimeoutMs: options.ackTimeoutMs ?? 5_000,
      attempts: options.attempts ?? 3,
      maxOutstanding: options.maxOutstanding ?? 65_536,
      maxOutstandingBytes: options.maxOutstandingBytes ?? 128 * 1024 * 1024,
    };
    this.subscription = nc.subscribe(`${this.prefix}.*`, { callback: (_error, msg) => this.answered(msg) });
    this.batches = new FastBatches(nc, {
      ackTimeoutMs: this.limits.ackTimeoutMs,
      single: ({ subject, envelope }) => this.publish(subject, envelope),
    });
    this.sweeper = setInterval(() => this.sweep(Date.now()), 100);
    this.sweeper.unref();
  }

  /** Messages that wait for their acknowledgement. */
  get outstanding(): number {
    return this.waiting.size + this.batches.outstanding;
  }

  /**
   * Publishes a CloudEvent in structured mode; resolves when the broker has stored it.
   *
   * Errors: `message.too-large` (never); `bus.full`, `bus.no-stream`, `bus.no-ack`, `bus.busy`, `bus.refused`,
   * `bus.closed` (later).
   */
  async publish(subject: string, envelope: Envelope, options: PublishOptions = {}): Promise<PubAck> {
    const out = withTrace(subject, envelope);
    const headers = { ...options.headers, ...eventHeaders(out.envelope) };
    const msgId = messageIdOf(envelope, options.sendNumber);
    try {
      const ack = await this.publishRaw(subject, encode(out.envelope), { msgId, headers });
      endSpan(out.span);
      return ack;
    } catch (error) {
      endSpan(out.span, error);
      throw error;
    }
  }

  /** Publishes many CloudEvents, each a message of its own, in their order; resolves when all are stored. Errors as of `publish`. */
  publishAll(messages: readonly Addressed[]): Promise<void> {
    return this.batches.publish(messages);
  }

  /** Publishes a batch (`batchOf`); all of it is stored, or nothing. Errors as of `publish`. */
  publishBatch(subject: string, batch: Uint8Array): Promise<PubAck> {
    return this.publishRaw(subject, batch, { headers: { 'content-type': BATCH_CONTENT_TYPE } });
  }

  /** Publishes bytes as they are. Errors as of `publish`. */
  publishRaw(subject: string, bytes: Uint8Array, options: RawPublishOptions = {}): Promise<PubAck> {
    const token = (this.counter += 1).toString(36);
    const msgId = options.msgId ?? `${this.prefix}.${token}`;
    const headers = HeaderBytes.of({ ...options.headers, 'Nats-Msg-Id': msgId });
    const size = bytes.length + headers.bytes.length;
    const refusal = this.refusal(size);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const due = Date.now() + this.limits.ackTimeoutMs;
      const entry: Waiting = {
        subject,
        bytes,
        headers: headers as unknown as MsgHdrs,
        size,
        resolve,
        reject,
        attempts: 1,
        due,
        noStream: false,
      };
      this.waiting.set(token, entry);
      this.bytesWaiting += size;
      if (this.connected) this.send(token, entry);
    });
  }

  /** Called when the connection is lost: what is published from now on waits for `reconnected`. */
  disconnected(): void {
    this.connected = false;
    this.batches.disconnected();
  }

  /** Sends everything that has no acknowledgement yet, in its order. */
  reconnected(): void {
    this.connected = true;
    this.batches.reconnected();
    for (const [token, entry] of this.waiting) this.send(token, entry);
  }

  /** Waits for the acknowledgements of what is under way, at most `timeoutMs`, then stops. */
  async close(timeoutMs = 5_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (this.outstanding > 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 10));
    clearInterval(this.sweeper);
    this.batches.close();
    for (const token of [...this.waiting.keys()]) this.fail(token, closed());
    this.subscription.unsubscribe();
  }

  private refusal(size: number): AppError | undefined {
    const max = this.nc.info?.max_payload ?? 1_048_576;
    if (size > max) return tooLarge(size, max);
    if (this.nc.isClosed() || this.nc.isDraining()) return closed();
    const { maxOutstanding, maxOutstandingBytes } = this.limits;
    if (this.waiting.size < maxOutstanding && this.bytesWaiting + size <= maxOutstandingBytes)
      return undefined;
    return busy();
  }

  private send(token: string, entry: Waiting): void {
    crashPoint('bus.before-publish');
    try {
      this.nc.publish(entry.subject, entry.bytes, {
        reply: `${this.prefix}.${token}`,
        headers: entry.headers,
      });
    } catch (cause) {
      this.fail(
        token,
        new AppError('bus.refused', `Cannot publish on ${entry.subject}.`, { retry: 'later', cause }),
      );
    }
  }

  private answered(msg: Msg): void {
    const token = msg.subject.slice(this.prefix.length + 1);
    const entry = this.waiting.get(token);
    if (!entry) return;
    crashPoint('bus.before-pub-ack');
    const reply = readAck(msg, entry.subject);
    if (reply.kind === 'no-stream') {
      entry.noStream = true;
      entry.due = Date.now() + NO_STREAM_PAUSE_MS;
    } else if (reply.kind === 'refused') this.fail(token, reply.error);
    else {
      this.forget(token, entry);
      entry.resolve(reply.ack);
      crashPoint('bus.after-pub-ack');
    }
  }

  private sweep(now: number): void {
    this.batches.sweep(now);
    for (const [token, entry] of this.waiting) {
      if (entry.due > now) continue;
      if (entry.attempts >= this.limits.attempts) this.fail(token, unanswered(entry));
      else {
        entry.attempts += 1;
        entry.due = now + this.limits.ackTimeoutMs;
        if (this.connected) this.send(token, entry);
      }
    }
  }

  private fail(token: string, error: AppError): void {
    const entry = this.waiting.get(token);
    if (!entry) return;
    this.forget(token, entry);
    entry.reject(error);
  }

  private forget(token: string, entry: Waiting): void {
    this.waiting.delete(token);
    this.bytesWaiting -= entry.size;
  }
}

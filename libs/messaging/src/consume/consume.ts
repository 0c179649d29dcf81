import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { isBatch } from '../codec/batch.js';
import { decode } from '../codec/decode.js';
import { headerMap, STRUCTURED_CONTENT_TYPE } from '../codec/encode.js';
import { silent } from '../connection/logger.port.js';
import type { LoggerPort } from '../connection/logger.port.js';
import type { Acknowledgements } from './acknowledgements.js';
import { settleBatch } from './batch-delivery.js';
import { deadLetterOf, publishDeadLetter } from './dead-letter.js';
import type { DeadLetterPort, DeadLetterRecord } from './dead-letter.js';
import { deliveryInfo, ReceivedMessage, settle } from './delivery.js';
import type { Delivery, RawDelivery, Settlement } from './delivery.js';
import { PullLoop } from './pull-loop.js';

export interface ConsumeOptions {
  readonly stream: string;
  readonly durable: string;
  /** Name in the subjects of dead letters: `trimtab.dlq.<service>.<reason>`. */
  readonly service: string;
  /** Messages handled at the same time (64). */
  readonly concurrency?: number;
  /** As provisioned: 30 s and -1 (for ever) unless told. */
  readonly ackWaitMs?: number;
  readonly maxDeliver?: number;
  /**
   * Acknowledged only after this resolved; when it throws, the message is delivered again after `retryDelayMs`. Called
   * for each event of a batch, all of them at once.
   */
  readonly onMessage: (delivery: Delivery) => Promise<Settlement> | Settlement;
  /** Set for streams whose messages are no CloudEvents (advisories): called instead of `onMessage`, nothing is decoded. */
  readonly onRaw?: (delivery: RawDelivery) => Promise<Settlement> | Settlement;
  /** Delay after a handler that threw, by delivery count (1 s, doubled up to 30 s). */
  readonly retryDelayMs?: (deliveryCount: number) => number;
  /** Runs before the dead letter is published and the original acknowledged; when it throws, both wait. */
  readonly onDeadLetter?: (letter: DeadLetterRecord) => Promise<void>;
  /** Events of a batch that comes again go on as single messages: right where one of them may kill its worker. */
  readonly splitRedelivered?: boolean;
  readonly log?: LoggerPort;
}

export interface Consumption {
  /** Messages in hand. */
  readonly inFlight: number;
  readonly handled: number;
  /** Takes no more, finishes what is in hand (at most `timeoutMs`, 25 s), then resolves. */
  stop(timeoutMs?: number): Promise<void>;
}

export interface ConsumeHost {
  readonly nc: NatsConnection;
  readonly deadLetters: DeadLetterPort;
  readonly acks: Acknowledgements;
  /** Says that a stream or a consumer is away. */
  missing(): void;
}

const STOP_TIMEOUT_MS = 25_000;
const DLQ_PAUSE_MS = 1_000;

const defaultDelay = (deliveryCount: number): number =>
  Math.min(30_000, 1_000 * 2 ** Math.min(deliveryCount - 1, 10));

/** Pulls messages of one durable consumer and settles each by what its handler says. */
export class ConsumeLoop implements Consumption {
  private readonly working = new Map<Msg, Promise<void>>();
  private readonly log: LoggerPort;
  private readonly loop: PullLoop;
  private readonly heartbeat: NodeJS.Timeout;
  private stopping = false;
  private aborted = false;
  handled = 0;

  constructor(
    private readonly host: ConsumeHost,
    private readonly options: ConsumeOptions,
  ) {
    this.log = options.log ?? silent;
    this.heartbeat = setInterval(() => this.sendWorking(), Math.max(100, (options.ackWaitMs ?? 30_000) / 3));
    this.loop = new PullLoop(host.nc, {
      stream: options.stream,
      durable: options.durable,
      concurrency: options.concurrency ?? 64,
      log: this.log,
      onMessage: (msg) => this.receive(msg),
      onRequest: () => host.acks.flush(),
      onMissing: () => host.missing(),
    });
  }

  get inFlight(): number {
    return this.working.size;
  }

  reconnected(): void {
    this.loop.restart();
  }

  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.stopping = true;
    await this.loop.stop();
    await Promise.race([Promise.all(this.working.values()), pause(timeoutMs)]);
    this.aborted = true;
    this.host.acks.flush();
    clearInterval(this.heartbeat);
  }

  private receive(msg: Msg): void {
    const delivery = this.rawDelivery(msg);
    if (!delivery) return this.loop.done();
    if (this.stopping && !delivery.lastDelivery) {
      settle.nak(msg, 0);
      return this.loop.done();
    }
    const work = this.settlementOf(delivery)
      .then((settlement) => this.settle(msg, delivery, settlement))
      .then(
        () => this.ended(msg),
        (error: unknown) => {
          this.log.error('a message could not be settled', { subject: msg.subject, error });
          this.ended(msg);
        },
      );
    this.working.set(msg, work);
  }

  private ended(msg: Msg): void {
    this.working.delete(msg);
    this.handled += 1;
    this.loop.done();
  }

  private settle(msg: Msg, raw: RawDelivery, settlement: Settlement): Promise<void> | undefined {
    if (this.aborted) return undefined;
    switch (settlement.kind) {
      case 'leave':
        return undefined;
      case 'ack':
        return void this.host.acks.add(msg);
      case 'dead':
        return this.bury(msg, raw, settlement.reason, settlement.error);
      case 'retry': {
        const { delayMs, reason, error } = settlement;
        if (raw.lastDelivery) return this.bury(msg, raw, reason, error);
        this.log.warn('a message will be delivered again', { subject: msg.subject, reason, delayMs, error });
        return void settle.nak(msg, delayMs);
      }
    }
  }

  private settlementOf(raw: RawDelivery): Promise<Settlement> {
    if (this.options.onRaw) return this.orRetry(raw, this.options.onRaw);
    if (isBatch(raw.headers)) return this.settleBatch(raw);
    const decoded = decode(raw.raw, raw.headers);
    if (!decoded.ok) return Promise.resolve({ kind: 'dead', reason: decoded.reason, error: decoded.message });
    return this.orRetry(Object.assign(raw, { envelope: decoded.envelope }), this.options.onMessage);
  }

  private async orRetry<D extends RawDelivery>(
    delivery: D,
    handle: (delivery: D) => Promise<Settlement> | Settlement,
  ): Promise<Settlement> {
    try {
      const settlement = await handle(delivery);
      if (settlement.kind === 'ack') await settlement.once;
      return settlement;
    } catch (error) {
      return this.threw(delivery, error);
    }
  }

  private threw({ deliveryCount }: RawDelivery, error: unknown): Settlement {
    const delayMs = (this.options.retryDelayMs ?? defaultDelay)(deliveryCount);
    return { kind: 'retry', delayMs, reason: 'handler-failed', error };
  }

  private settleBatch(raw: RawDelivery): Promise<Settlement> {
    const { deadLetters } = this.host;
    const headers = { 'content-type': STRUCTURED_CONTENT_TYPE };
    return settleBatch(raw, {
      handle: this.options.onMessage,
      threw: (delivery, error) => this.threw(delivery, error),
      bury: (entry, reason, error) => this.buried(entry, reason, error),
      publish: (subject, bytes, msgId) => deadLetters.publishRaw(subject, bytes, { msgId, headers }),
      pause,
      split: this.options.splitRedelivered === true && raw.deliveryCount > 1,
    });
  }

  private async bury(msg: Msg, raw: RawDelivery, reason: string, error: unknown): Promise<void> {
    if (await this.buried(raw, reason, error)) settle.ack(msg);
    else if (!this.aborted) settle.nak(msg, defaultDelay(raw.deliveryCount));
  }

  /** Stores and publishes the dead letter. Until that works the message stays in hand or with the broker, never lost. */
  private async buried(raw: RawDelivery, reason: string, error: unknown): Promise<boolean> {
    const letter = deadLetterOf(raw, this.options.service, reason, error, new Date());
    for (let failures = 0; !this.aborted; failures += 1) {
      try {
        await this.options.onDeadLetter?.(letter);
        await publishDeadLetter(this.host.deadLetters, letter);
        const { subject } = raw;
        this.log.error('a message became a dead letter', { subject, reason, error, id: letter.id });
        return true;
      } catch (cause) {
        this.log.warn('a dead letter could not be stored yet', { id: letter.id, error: cause });
        if (this.stopping || !raw.lastDelivery) return false;
        await pause(Math.min(15_000, DLQ_PAUSE_MS * 2 ** Math.min(failures, 4)));
      }
    }
    return false;
  }

  private rawDelivery(msg: Msg): RawDelivery | undefined {
    const info = deliveryInfo(msg.reply ?? '');
    if (!info) return undefined;
    const { maxDeliver = -1 } = this.options;
    const lastDelivery = maxDeliver > 0 && info.deliveryCount >= maxDeliver;
    return new ReceivedMessage(msg, info, headerMap(msg.headers), lastDelivery);
  }

  private sendWorking(): void {
    if (this.host.nc.isClosed()) return;
    for (const msg of this.working.keys()) settle.working(msg);
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms).unref());

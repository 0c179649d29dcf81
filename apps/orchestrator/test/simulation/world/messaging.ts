import { AppError } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import type {
  ConsumeOptions,
  Consumption,
  Delivery,
  Messaging,
  RawDelivery,
  Responding,
  Settlement,
} from '@trimtab/messaging';
import { decode, settleBatch } from '@trimtab/messaging';
import type { SimProcess } from '../engine/sim-process.js';
import type { Content, SimBus, Stored, Subscription } from './bus.js';
import type { Measures } from './measures.js';

type Responder = (envelope: Envelope) => unknown;

/** Requests, answers and live messages between processes; nothing here is stored. */
export class SimWire {
  readonly responders = new Map<string, Set<{ process: SimProcess; handler: Responder }>>();
  readonly listeners = new Set<{ process: SimProcess; subject: string; hear: (message: unknown) => void }>();

  of(subject: string): { process: SimProcess; handler: Responder }[] {
    return [...(this.responders.get(subject) ?? [])].filter(({ process }) => !process.dead);
  }
}

const errorOf = (code: string, message: string): AppError => new AppError(code, message, { retry: 'later' });
const delayOf = (deliveries: number): number => Math.min(30_000, 1_000 * 2 ** Math.min(deliveries - 1, 10));

/** The connection of one process: the part of `Messaging` that orchestrator and workers use. */
export class SimMessaging {
  readonly connected = true;

  constructor(
    private readonly process: SimProcess,
    private readonly bus: SimBus,
    private readonly wire: SimWire,
    private readonly measures: Measures,
  ) {}

  /** What real code takes for its connection. */
  get asMessaging(): Messaging {
    return this as unknown as Messaging;
  }

  publish(
    subject: string,
    envelope: Envelope,
    options: { sendNumber?: number } = {},
  ): Promise<{ seq: number }> {
    const messageId = `${envelope.source}/${envelope.id}:${options.sendNumber ?? 1}`;
    return this.store(subject, { events: [envelope] }, messageId);
  }

  publishBatch(subject: string, batch: Uint8Array): Promise<{ seq: number }> {
    const events = JSON.parse(new TextDecoder().decode(batch)) as Envelope[];
    this.process.machine.faults.count('batch');
    return this.store(subject, { events, batch }, this.process.machine.random.uuid());
  }

  private store(subject: string, content: Content, messageId: string): Promise<{ seq: number }> {
    const { faults } = this.process.machine;
    const point = subject.startsWith('trimtab.cmd') ? 'publish.command' : 'publish';
    return this.process.call(point, () => {
      const noAnswer = errorOf('bus.no-ack', `The broker did not confirm ${subject}.`);
      const stored = !subject.startsWith('trimtab.evt');
      if (stored && faults.roll('publishLost')) throw noAnswer;
      const seq = this.bus.store(subject, content, messageId);
      if (stored && faults.roll('pubAckLost')) throw noAnswer;
      return { seq };
    });
  }

  consume(options: ConsumeOptions): Consumption {
    const inHand = new Set<Promise<void>>();
    const subscription: Subscription = {
      process: this.process,
      stream: options.stream,
      prefix: prefixOf(options),
      ackWaitMs: options.ackWaitMs ?? 30_000,
      maxDeliver: options.maxDeliver ?? -1,
      stopped: false,
      deliver: (message, deliveries, settle) => {
        if (subscription.stopped) return settle({ retryMs: 0 });
        const early = !this.measures.has('ackAfterCommit');
        if (early) settle('ack');
        const fates = new Map<number, 'buried' | 'parted'>();
        const work = this.handle(options, message, deliveries, fates).then((settlement) => {
          inHand.delete(work);
          if (early) return;
          if (settlement.kind === 'ack') settle('ack', fates);
          else if (settlement.kind === 'dead') settle('bury');
          else settle(settlement.kind === 'leave' ? 'leave' : { retryMs: settlement.delayMs });
        });
        inHand.add(work);
      },
    };
    this.bus.subscribe(subscription);
    const stop = async (): Promise<void> => {
      subscription.stopped = true;
      await Promise.all(inHand);
      this.bus.subscriptions.delete(subscription);
    };
    return { stop, inFlight: 0, handled: 0 };
  }

  respond(subject: string, _queue: string, handler: Responder): Responding {
    const responder = { process: this.process, handler };
    const all = this.wire.responders.get(subject) ?? new Set();
    this.wire.responders.set(subject, all.add(responder));
    const stop = (): Promise<void> => {
      all.delete(responder);
      return Promise.resolve();
    };
    return { stop, ready: Promise.resolve(), served: 0, failed: 0 };
  }

  request<Reply>(subject: string, envelope: Envelope, timeoutMs: number): Promise<Reply> {
    return ask<Reply>(this.process, this.wire, subject, envelope, timeoutMs);
  }

  publishLive(subject: string, message: unknown): void {
    const { faults } = this.process.machine;
    this.process.send('live', () => {
      for (const listener of this.wire.listeners) {
        if (!matches(listener.subject, subject) || faults.roll('liveLost')) continue;
        listener.process.enter(() => listener.hear(message), faults.latency());
      }
    });
  }

  subscribeLive(subject: string, hear: (message: unknown) => void): () => void {
    const listener = { process: this.process, subject, hear };
    this.wire.listeners.add(listener);
    return () => void this.wire.listeners.delete(listener);
  }

  jsm(): Promise<unknown> {
    const reset = (_stream: string, durable: string): Promise<boolean> =>
      this.process.call('consumer.delete', () => {
        this.bus.resetConsumer(`trimtab.res.${durable.replace('partition-', '')}.`);
        return true;
      });
    return Promise.resolve({ consumers: { delete: reset } });
  }

  provision(): Promise<readonly unknown[]> {
    return this.process.call('provision', () => []);
  }

  private async handle(
    options: ConsumeOptions,
    message: Stored,
    deliveries: number,
    fates: Map<number, 'buried' | 'parted'>,
  ): Promise<Settlement> {
    const { maxDeliver = -1, splitRedelivered = false } = options;
    const lastDelivery = maxDeliver > 0 && deliveries >= maxDeliver;
    const { stream, sequence: streamSequence, subject, content } = message;
    const { events, batch } = content;
    const bytes = batch ?? new Uint8Array();
    const raw = { stream, streamSequence, subject, raw: bytes, deliveryCount: deliveries, lastDelivery };
    if (!batch) return this.take(options, { ...raw, envelope: events[0] } as unknown as Delivery);
    return settleBatch(raw as unknown as RawDelivery, {
      ...{ handle: options.onMessage, threw, pause, split: splitRedelivered && deliveries > 1 },
      bury: (entry) => {
        const { id } = (decode(entry.raw) as { envelope: Envelope }).envelope;
        fates.set(
          events.findIndex((event) => event.id === id),
          'buried',
        );
        return Promise.resolve(true);
      },
      publish: async (to, bytes, messageId) => {
        await this.store(to, { events: [(decode(bytes) as { envelope: Envelope }).envelope] }, messageId);
        fates.set(Number(messageId.split(':').at(-1)), 'parted');
      },
    });
  }

  private async take(options: ConsumeOptions, delivery: Delivery): Promise<Settlement> {
    try {
      const settlement = await options.onMessage(delivery);
      if (settlement.kind === 'ack') await settlement.once;
      return settlement;
    } catch (error) {
      return threw(delivery, error);
    }
  }
}

const threw = ({ deliveryCount }: Delivery, error: unknown): Settlement => ({
  kind: 'retry',
  delayMs: delayOf(deliveryCount),
  reason: 'handler-failed',
  error,
});

const pause = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms));

/** Core request/reply: one responder is asked, and no answer may mean anything. */
export function ask<Reply>(
  process: SimProcess,
  wire: SimWire,
  subject: string,
  data: Envelope,
  timeoutMs: number,
): Promise<Reply> {
  const { faults, random } = process.machine;
  return new Promise<Reply>((resolve, reject) => {
    const settle = (work: () => void): void => {
      if (!faults.roll('replyLost')) process.enter(work, faults.latency());
    };
    process.enter(() => reject(errorOf('bus.no-answer', `Nobody answered ${subject} in time.`)), timeoutMs);
    process.send('request', () => {
      const takers = wire.of(subject);
      if (takers.length === 0 || faults.roll('requestLost')) return;
      const { process: other, handler } = random.pick(takers);
      other.enter(async () => {
        try {
          const answer = await handler(data);
          other.send('reply', () => settle(() => resolve(answer as Reply)));
        } catch (error) {
          other.send('reply', () => settle(() => reject(error as Error)));
        }
      }, faults.latency());
    });
  });
}

const prefixOf = ({ stream, durable }: ConsumeOptions): string =>
  stream === 'RES'
    ? `trimtab.res.${durable.replace('partition-', '')}.`
    : `trimtab.cmd.${durable.replace('-', '.')}.`;

const matches = (pattern: string, subject: string): boolean =>
  pattern.endsWith('*') ? subject.startsWith(pattern.slice(0, -1)) : pattern === subject;

import { AppError } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { CallHandler, Delivery, Settlement } from '@trimtab/messaging';
import type { Logger } from '@trimtab/observability';

/** What a subscriber may know of one delivery of a public event. */
export interface EventContext {
  readonly subject: string;
  readonly deliveryCount: number;
  readonly streamSequence: number;
}

const HOLD_MS = 20_000;

/**
 * Gives public events to their subscriber, those of one run (or subject) one after the other in the order of the
 * stream. An error is tried again on the spot for a while, so that a short outage does not change the order; then the
 * broker delivers it again later.
 */
export class EventExecutor {
  private readonly tails = new Map<string, Promise<unknown>>();
  private stopping = false;

  constructor(private readonly log: Logger) {}

  async execute(delivery: Delivery, call: CallHandler): Promise<Settlement> {
    const { runid, subject, source } = delivery.envelope;
    const key = runid ?? `${source} ${subject ?? ''}`;
    const before = this.tails.get(key) ?? Promise.resolve();
    const work = before.then(() => this.handle(delivery, call));
    this.tails.set(key, work);
    try {
      return await work;
    } finally {
      if (this.tails.get(key) === work) this.tails.delete(key);
    }
  }

  abort(): void {
    this.stopping = true;
  }

  private async handle(delivery: Delivery, call: CallHandler): Promise<Settlement> {
    const { envelope, subject, deliveryCount, streamSequence } = delivery;
    const context: EventContext = { subject, deliveryCount, streamSequence };
    const end = Date.now() + HOLD_MS;
    for (let pauseMs = 100; ; pauseMs = Math.min(5_000, pauseMs * 2)) {
      try {
        await call(envelope, context);
        return ack;
      } catch (error) {
        const refused = error instanceof AppError && error.retry === 'never';
        if (refused) return { kind: 'dead', reason: 'refused', error };
        if (this.stopping || Date.now() > end)
          return { kind: 'retry', delayMs: 2_000, reason: 'handler-failed', error };
        this.log.warn('an event is tried again', { type: envelope.type, id: envelope.id, error });
        await new Promise((done) => setTimeout(done, pauseMs));
      }
    }
  }
}

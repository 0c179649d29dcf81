import type { ConsumerDefinition } from '@trimtab/contracts';
import { streams } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { ack, inProcessSpan } from '@trimtab/messaging';
import type { Consumption, Delivery, Messaging, Settlement } from '@trimtab/messaging';
import type { EventProjection } from '../handlers/event-projection.js';

const ALL_EVENTS: ConsumerDefinition = {
  stream: 'EVT',
  durable: 'gateway',
  filterSubjects: ['trimtab.evt.>'],
  ackWaitMs: 30_000,
  maxDeliver: 20,
  maxAckPending: 1_024,
};
const IN_HAND = 512;
const AGAIN_MS = 2_000;

/**
 * Consumes all public events. Not through a Nest handler, because those get the events of one run one by one, and a
 * projection that commits each alone is too slow for a run that finds hundreds of things at once.
 */
export class EventsConsumer {
  private consumption: Consumption | undefined;

  constructor(
    private readonly messaging: Messaging,
    private readonly projection: EventProjection,
    private readonly replicas: number,
  ) {}

  async start(): Promise<void> {
    const events = streams.filter((stream) => stream.name === ALL_EVENTS.stream);
    const topology = {
      streams: events.map((stream) => ({ ...stream, replicas: this.replicas })),
      consumers: [ALL_EVENTS],
    };
    await this.messaging.provision(topology);
    // A stream that was lost comes back, and with it the consumer from its first message on.
    this.messaging.watchProvisioning(topology);
    const { stream, durable, ackWaitMs, maxDeliver } = ALL_EVENTS;
    this.consumption = this.messaging.consume({
      stream,
      durable,
      service: 'gateway',
      ackWaitMs,
      maxDeliver,
      concurrency: IN_HAND,
      onMessage: (delivery) => this.receive(delivery),
    });
  }

  async stop(): Promise<void> {
    this.projection.stop();
    await this.consumption?.stop();
  }

  private async receive({ subject, envelope, headers }: Delivery): Promise<Settlement> {
    try {
      const processing = { subject, envelope, fields: headers, group: ALL_EVENTS.durable };
      await inProcessSpan(processing, () => this.projection.add(envelope));
      return ack;
    } catch (error) {
      if (error instanceof AppError && error.retry === 'never')
        return { kind: 'dead', reason: 'invalid-event', error };
      return { kind: 'retry', delayMs: AGAIN_MS, reason: 'not-projected', error };
    }
  }
}

import type { Envelope } from '@trimtab/kernel';
import type { NatsConnection } from 'nats';

export interface CostEvent {
  readonly event: Envelope;
  readonly subject: string;
  readonly traceparent: string;
  readonly position: number;
}

export declare function costEvents(
  connection: NatsConnection,
  options?: { from?: Date; after?: number },
): AsyncGenerator<CostEvent>;

import type { Msg, NatsConnection } from '@nats-io/nats-core';

const ACK = new TextEncoder().encode('+ACK');
/** Nobody waits for an acknowledgement; the broker waits seconds before it delivers again. */
const PATIENCE_MS = 10;

/**
 * Acknowledgements of one connection. They go out together with whatever is published next, or a moment later: a packet
 * for each of them would cost sender and broker more than the messages do.
 */
export class Acks {
  private waiting: string[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly nc: Pick<NatsConnection, 'publish' | 'isClosed'>) {}

  give({ reply }: Msg): void {
    if (reply === undefined) return;
    this.waiting.push(reply);
    this.timer ??= setTimeout(() => this.flush(), PATIENCE_MS);
  }

  flush(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    const waiting = this.waiting;
    this.waiting = [];
    if (this.nc.isClosed()) return;
    for (const subject of waiting) this.nc.publish(subject, ACK);
  }
}

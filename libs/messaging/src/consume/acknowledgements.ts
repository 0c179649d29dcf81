import type { Msg } from '@nats-io/nats-core';
import { crashPoint } from '@trimtab/kernel';
import { settle } from './delivery.js';

/** Far below any ack wait, and longer than the next quick message takes to come. */
const PATIENCE_MS = 20;
const MANY = 16;

/**
 * Acknowledgements of one connection, which wait a moment for company: the next thing that is published takes them
 * along. A write of their own, which wakes the broker for nothing else, costs more than a small message.
 */
export class Acknowledgements {
  private held: Msg[] = [];
  private timer: NodeJS.Timeout | undefined;

  add(msg: Msg): void {
    this.held.push(msg);
    if (this.held.length >= MANY) this.flush();
    else this.timer ??= setTimeout(() => this.late(), PATIENCE_MS);
  }

  /** Call before something is published, and before nothing more is. */
  flush(): void {
    if (this.held.length === 0) return;
    const { held } = this;
    this.held = [];
    for (const msg of held) acknowledge(msg);
  }

  private late(): void {
    this.timer = undefined;
    this.flush();
  }
}

function acknowledge(msg: Msg): void {
  crashPoint('bus.before-ack');
  settle.ack(msg);
  crashPoint('bus.after-ack');
}

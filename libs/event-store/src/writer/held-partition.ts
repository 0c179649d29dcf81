import type { Lease } from '../log/event-log.port.js';
import type { PartitionState } from './plan.js';

/** A partition of the writer in one epoch, with the count of appends that have no answer yet. */
export class HeldPartition implements PartitionState {
  readonly id: number;
  readonly epoch: number;
  readonly versions = new Map<string, number>();
  lastSequence: number;
  lastBatch: string | null;
  lost = false;
  private unanswered = 0;
  private waiting: (() => void)[] = [];

  constructor(lease: Lease) {
    this.id = lease.partition;
    this.epoch = lease.epoch;
    this.lastSequence = lease.lastSequence;
    this.lastBatch = lease.lastBatch;
  }

  begin(): void {
    this.unanswered += 1;
  }

  end(): void {
    this.unanswered -= 1;
    if (this.unanswered > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  idle(): Promise<void> {
    return this.unanswered === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}

import { Injectable } from '@nestjs/common';
import { AppError } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { checked, ReadModel } from '../outbound/read-model.js';
import type { CheckedEvent } from '../outbound/read-model.js';

interface Waiting {
  readonly one: CheckedEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const BATCH = 256;
const PAUSE_MS = 250;

/**
 * Brings public events into the read model in the order in which they come. Those that arrive while a commit is under
 * way become the next transaction, so that load sets its size. An outage of the database holds everything up, in
 * order; an event that the database refuses is refused alone.
 */
@Injectable()
export class EventProjection {
  private waiting: Waiting[] = [];
  private working = false;
  private stopped = false;

  constructor(private readonly readModel: ReadModel) {}

  /** Resolves when the event is durable. Throws `event.invalid` (never) and `event.stopped` (later). */
  async add(event: Envelope): Promise<void> {
    const one = checked(event);
    await new Promise<void>((resolve, reject) => {
      this.waiting.push({ one, resolve, reject });
      if (!this.working) void this.work();
    });
  }

  /** Tries no more; what waits is given back. */
  stop(): void {
    this.stopped = true;
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.waiting.length > 0) await this.settle(this.waiting.splice(0, BATCH));
    this.working = false;
  }

  private async settle(batch: readonly Waiting[]): Promise<void> {
    for (;;) {
      try {
        if (this.stopped) throw stopping;
        await this.readModel.apply(batch.map(({ one }) => one));
        for (const { resolve } of batch) resolve();
        return;
      } catch (error) {
        if (this.stopped) return refuse(batch, stopping);
        if (isFaultOfEvent(error)) return this.refuseOnlyTheFaulty(batch, error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Halves the batch until the event that cannot be stored stands alone. */
  private async refuseOnlyTheFaulty(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      const half = batch.length >> 1;
      await this.settle(batch.slice(0, half));
      await this.settle(batch.slice(half));
      return;
    }
    const why = error instanceof Error ? error.message : String(error);
    refuse(batch, new AppError('event.invalid', `The event cannot be stored: ${why}`, { cause: error }));
  }
}

const refuse = (batch: readonly Waiting[], error: AppError): void => {
  for (const { reject } of batch) reject(error);
};

const stopping = new AppError('event.stopped', 'The gateway stops; the event comes again.', {
  retry: 'later',
});

/** Data that Postgres refuses (class 22, 23, 54) or that a projection cannot work with; all else may pass. */
function isFaultOfEvent(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return /^(22|23|54)/.test(String((error as { code?: unknown } | undefined)?.code ?? ''));
}

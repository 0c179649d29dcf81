/** Monotonic time and sleep, so that tests can drive the pace. */
export interface PaceClock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

const realClock: PaceClock = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export interface Limits {
  readonly concurrency: number;
  /** Infinity = no pacing. The bucket holds one second's worth of requests. */
  readonly requestsPerSecond: number;
}

/** Lets work through at most `concurrency` at a time and, over any longer time, `requestsPerSecond`. */
export class Pace {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly limits: Limits,
    private readonly clock: PaceClock = realClock,
  ) {
    this.tokens = Math.max(1, limits.requestsPerSecond);
    this.filledAt = clock.now();
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      await this.takeToken();
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < this.limits.concurrency) {
      this.running += 1;
      return;
    }
    // The slot of the one that leaves is handed over, so `running` stays.
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }

  /** The bucket may go below zero: who takes a token that is not there yet waits until it would be. */
  private async takeToken(): Promise<void> {
    const rate = this.limits.requestsPerSecond;
    if (rate === Infinity) return;
    const now = this.clock.now();
    this.tokens = Math.min(Math.max(1, rate), this.tokens + ((now - this.filledAt) / 1000) * rate);
    this.filledAt = now;
    this.tokens -= 1;
    if (this.tokens < 0) await this.clock.sleep((-this.tokens / rate) * 1000);
  }
}

/** Works on items with at most `concurrency` in flight; results keep the order of the items. */
export async function* mapConcurrently<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncIterable<R> {
  const inFlight: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // A later item may fail while an earlier one is awaited; it is reported when its turn comes.
      result.catch(() => undefined);
      inFlight.push(result);
      if (inFlight.length >= concurrency) yield (await inFlight.shift()) as R;
    }
    while (inFlight.length > 0) yield (await inFlight.shift()) as R;
  } finally {
    await Promise.allSettled(inFlight);
  }
}

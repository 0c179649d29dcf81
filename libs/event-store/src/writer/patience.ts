import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 2_000;

/** Repeats work while Postgres is away, with growing waits, until it is done or the writer is closed. */
export class Patience {
  /** Failed attempts of the work at hand; 0 when all is well. */
  attempts = 0;

  constructor(
    private readonly signal: AbortSignal,
    private readonly onStall: (error: unknown, attempt: number) => void = () => undefined,
  ) {}

  /** Calls `work` until it returns true. Errors that are `final` are thrown, all others waited out. */
  async until(work: () => Promise<boolean>, final: (error: unknown) => boolean): Promise<void> {
    try {
      while (!(await this.attempt(work, final))) this.signal.throwIfAborted();
    } finally {
      this.attempts = 0;
    }
  }

  private async attempt(work: () => Promise<boolean>, final: (error: unknown) => boolean): Promise<boolean> {
    this.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      this.signal.throwIfAborted();
      if (final(error)) throw error;
      this.attempts += 1;
      this.onStall(error, this.attempts);
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.attempts - 1, 10));
      await sleep(wait, undefined, { signal: this.signal });
      return false;
    }
  }
}

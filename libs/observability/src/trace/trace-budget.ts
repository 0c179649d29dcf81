/** What was not used is kept for a burst. */
const RESERVE_SECONDS = 10;

/**
 * How many new traces are kept: at most so many a second in the long run, ten seconds' worth of
 * them at once after a quiet time. Whoever starts a
 * trace asks once and tells everybody else by the sampled flag, so that a trace is whole or not there at all: normal
 * use is traced completely, a flood leaves a bounded sample. Pure: the time comes in.
 */
export class TraceBudget {
  private left: number;
  private filledAt: number | undefined;

  /** 0 keeps none, `Infinity` all. Less than one a second keeps one every few seconds. */
  constructor(private readonly perSecond: number) {
    this.left = this.most;
  }

  /** Whether the trace that begins at this time (milliseconds) is kept. */
  admits(now: number): boolean {
    if (this.perSecond <= 0) return false;
    const passed = Math.max(0, now - (this.filledAt ?? now));
    this.filledAt = now;
    this.left = Math.min(this.most, this.left + (passed / 1_000) * this.perSecond);
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }

  private get most(): number {
    return Math.max(1, RESERVE_SECONDS * this.perSecond);
  }
}

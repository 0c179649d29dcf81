import { Clock } from '@trimtab/kernel';

/** Where the database's clock stood is known to half of the round trip: a process that stood still meanwhile is far off. */
const QUICK_MS = 50;
const LOOKS = 5;

/** The database's clock, carried on by the monotonic clock of the process: a jump of the local clock moves nothing. */
export class DatabaseClock extends Clock {
  private base = { wall: 0, mono: 0 };

  constructor(private readonly read: () => Promise<Date>) {
    super();
  }

  /** Asks the database; half of the round trip is taken for the way back. One that took long is asked again. */
  async synchronize(): Promise<void> {
    let best = await this.look();
    for (let looks = 1; looks < LOOKS && best.tookMs > QUICK_MS; looks += 1) {
      const next = await this.look();
      if (next.tookMs < best.tookMs) best = next;
    }
    this.base = best;
  }

  private async look(): Promise<{ wall: number; mono: number; tookMs: number }> {
    const before = performance.now();
    const wall = (await this.read()).getTime();
    const mono = performance.now();
    const tookMs = mono - before;
    return { wall: wall + tookMs / 2, mono, tookMs };
  }

  get ms(): number {
    return this.base.wall + performance.now() - this.base.mono;
  }

  override now(): Date {
    return new Date(this.ms);
  }
}

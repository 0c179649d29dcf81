import { Clock } from '@trimtab/kernel';

/** The database's clock, carried on by the monotonic clock of the process: a jump of the local clock moves nothing. */
export class DatabaseClock extends Clock {
  private base = { wall: 0, mono: 0 };

  constructor(private readonly read: () => Promise<Date>) {
    super();
  }

  /** Asks the database; half of the round trip is taken for the way back. */
  async synchronize(): Promise<void> {
    const before = performance.now();
    const wall = (await this.read()).getTime();
    const after = performance.now();
    this.base = { wall: wall + (after - before) / 2, mono: after };
  }

  get ms(): number {
    return this.base.wall + performance.now() - this.base.mono;
  }

  override now(): Date {
    return new Date(this.ms);
  }
}

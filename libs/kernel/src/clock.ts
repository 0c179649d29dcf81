/** Where time comes from. Rules take `now` as an argument; only handlers and runtimes hold a clock. */
export abstract class Clock {
  abstract now(): Date;
}

/** A clock that stands where it was set, for tests and simulations. */
export class ManualClock extends Clock {
  constructor(private time: Date) {
    super();
  }
  override now(): Date {
    return new Date(this.time);
  }
  advance(milliseconds: number): void {
    this.time = new Date(this.time.getTime() + milliseconds);
  }
}

/** `YYYY-MM-DD` of an instant in UTC. */
export const utcDay = (at: Date): string => at.toISOString().slice(0, 10);

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
/** Hours that a month is counted with in all monthly prices (8,760 / 12). */
export const HOURS_PER_MONTH = 730;

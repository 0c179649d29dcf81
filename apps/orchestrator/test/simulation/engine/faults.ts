import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

/** Everything that can go wrong at a call: each has a probability per opportunity. */
export const FAULTS = {
  /** The process dies before the call leaves it, or after the call was carried out and before its answer. */
  crashBefore: 0.0025,
  crashAfter: 0.0025,
  /** The process stops for longer than its leases and ack waits, then goes on. */
  pause: 0.0015,
  /** The process loses sight of the database until its leases have run out, and sees the bus. */
  cutOff: 0.02,
  slow: 0.03,
  publishLost: 0.03,
  pubAckLost: 0.03,
  duplicate: 0.1,
  ackLost: 0.04,
  liveLost: 0.2,
  reorder: 0.3,
  appendUnknown: 0.03,
  workerCommitUnknown: 0.03,
  /** The database crashes, and claims that nothing durable followed are gone. */
  claimsLost: 0.01,
  requestLost: 0.05,
  replyLost: 0.05,
} as const;

export type Fault = keyof typeof FAULTS;

/** Decides by the seed what goes wrong, until a given instant; afterwards the world is kind. */
export class Faults {
  readonly happened = new Map<string, number>();

  constructor(
    private readonly random: Random,
    private readonly scheduler: Scheduler,
    /** 0 = no fault at all, 1 = the table above. */
    private readonly intensity: number,
    readonly until: number,
  ) {}

  get over(): boolean {
    return this.scheduler.now >= this.until;
  }

  roll(fault: Fault): boolean {
    if (this.intensity === 0 || this.over) return false;
    if (!this.random.chance(FAULTS[fault] * this.intensity)) return false;
    this.count(fault);
    return true;
  }

  count(fault: string): void {
    this.happened.set(fault, (this.happened.get(fault) ?? 0) + 1);
  }

  /** Milliseconds that a message or an answer is under way. */
  latency(): number {
    if (this.roll('slow')) return this.random.integer(100, 8_000);
    return this.random.integer(1, 12);
  }
}

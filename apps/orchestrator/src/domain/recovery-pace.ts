/** Sends to a pool that may be unanswered at the same time when a recovery begins, at least, and at most. */
const FIRST_WINDOW = 64;
const LEAST_WINDOW = 8;
const MOST_WINDOW = 4_096;
/** A send without a complaint for so long makes room for the next: work may take longer than a recovery should. */
const QUIET_MS = 1_000;
/** Complaints of the same moment count once. */
const COMPLAINT_MS = 1_000;

/** A send that counts in its pool's window. */
export interface Slot {
  readonly pool: string;
  readonly atMs: number;
}

/** A pool whose sends are metered. */
export interface Metered {
  /** `discovery.default`: service and pool of workers. */
  readonly pool: string;
  readonly waiting: number;
  readonly window: number;
  /** Most sends that waited at the same time. */
  readonly most: number;
}

export interface PaceListener {
  /** The first send of a recovery has to wait. */
  began(metered: Metered): void;
  /** None waits any more. */
  ended(metered: Metered): void;
}

/**
 * Meters sends to a pool of workers while runs recover, so that ten thousand of them do not flatten the service that
 * failed. The window grows with each answer, and with each second without a complaint (slow start); an answer that says
 * "later" halves it (additive increase, multiplicative decrease). When nothing waits any more, nothing is metered.
 */
export class RecoveryPace {
  private readonly meters = new Map<string, Meter>();

  constructor(
    private readonly listener: PaceListener,
    private readonly firstWindow = FIRST_WINDOW,
  ) {}

  /** Sends that wait now. */
  get waiting(): number {
    return [...this.meters.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  /** Whether a send must ask for its turn: one that recovers, and others behind those that wait. */
  isMetered(pool: string, recovering: boolean): boolean {
    return recovering || (this.meters.get(pool)?.waiting.length ?? 0) > 0;
  }

  /** Calls back when it is this send's turn, at once while there is room. */
  admit(pool: string, nowMs: number, go: (slot: Slot) => void): void {
    const meter = this.meters.get(pool) ?? new Meter(pool, this.listener, this.firstWindow);
    this.meters.set(pool, meter);
    meter.waiting.push(go);
    meter.drain(nowMs);
  }

  /** A send was answered; `complaint` when the answer says that the service cannot now. */
  answered(slot: Slot, complaint: boolean, nowMs: number): void {
    this.meters.get(slot.pool)?.answered(slot, complaint, nowMs);
  }

  /** Lets those go whose time has come. */
  tick(nowMs: number): void {
    for (const [pool, meter] of this.meters) {
      meter.tick(nowMs);
      if (meter.waiting.length === 0 && meter.open.size === 0) this.meters.delete(pool);
    }
  }
}

/** One pool's window. */
class Meter {
  readonly waiting = new Line<(slot: Slot) => void>();
  /** In the order of their sends. */
  readonly open = new Set<Slot>();
  private complainedAtMs = Number.NEGATIVE_INFINITY;
  private most = 0;

  constructor(
    private readonly pool: string,
    private readonly listener: PaceListener,
    private window: number,
  ) {}

  drain(nowMs: number): void {
    while (this.open.size < this.window) {
      const go = this.waiting.shift();
      if (!go) break;
      const slot = { pool: this.pool, atMs: nowMs };
      this.open.add(slot);
      go(slot);
    }
    this.tell();
  }

  answered(slot: Slot, complaint: boolean, nowMs: number): void {
    if (!this.open.delete(slot)) return;
    if (!complaint) this.grow();
    else if (nowMs - this.complainedAtMs >= COMPLAINT_MS) {
      this.complainedAtMs = nowMs;
      this.window = Math.max(LEAST_WINDOW, Math.floor(this.window / 2));
    }
    this.drain(nowMs);
  }

  tick(nowMs: number): void {
    for (const slot of this.open) {
      if (nowMs - slot.atMs < QUIET_MS) break;
      this.open.delete(slot);
      if (nowMs - this.complainedAtMs >= QUIET_MS) this.grow();
    }
    this.drain(nowMs);
  }

  private grow(): void {
    this.window = Math.min(MOST_WINDOW, this.window + 1);
  }

  private tell(): void {
    const { pool, waiting, window } = this;
    const before = this.most;
    this.most = Math.max(before, waiting.length);
    const metered = { pool, waiting: waiting.length, window, most: this.most };
    if (before === 0 && this.most > 0) this.listener.began(metered);
    if (this.most === 0 || waiting.length > 0) return;
    this.most = 0;
    this.listener.ended(metered);
  }
}

/** First come, first served, at a cost that does not grow with the length (`Array.shift` moves all that is behind). */
class Line<Item> {
  private joined: Item[] = [];
  private served: Item[] = [];

  get length(): number {
    return this.joined.length + this.served.length;
  }

  push(item: Item): void {
    this.joined.push(item);
  }

  shift(): Item | undefined {
    if (this.served.length === 0) [this.served, this.joined] = [this.joined.reverse(), []];
    return this.served.pop();
  }
}

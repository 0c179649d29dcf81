/** So much work of one process may wait behind one message. */
const BATCH_MS = 25;
const MAX_BATCH = 64;
/** Weight of the newest measurement. */
const WEIGHT = 0.2;

interface Measured {
  /** Milliseconds per command, smoothed. */
  ms: number;
}

interface Open {
  readonly startedAt: number;
  left: number;
  count: number;
}

/**
 * How many commands of a type one message may carry, from what they took: quick ones travel together, slow ones alone,
 * so that free workers share them. What a batch took counts in parts, since its commands wait side by side.
 */
export class BatchSize {
  private readonly types = new Map<string, Measured>();
  private readonly open = new WeakMap<object, Open>();

  /** One for a type that was never measured. `most`: as many as run at the same time. */
  of(type: string, most = MAX_BATCH): number {
    const measured = this.types.get(type);
    if (!measured) return 1;
    return Math.max(1, Math.min(MAX_BATCH, most, Math.floor(BATCH_MS / Math.max(measured.ms, 0.001))));
  }

  /** Call when a command's handler starts, and what it returns when the handler ends. */
  began(type: string, batch?: object): () => void {
    const open = (batch && this.open.get(batch)) ?? { startedAt: performance.now(), left: 0, count: 0 };
    if (batch && open.count === 0) this.open.set(batch, open);
    open.left += 1;
    open.count += 1;
    return () => {
      open.left -= 1;
      if (open.left === 0) this.measure(type, (performance.now() - open.startedAt) / open.count);
    };
  }

  private measure(type: string, ms: number): void {
    const known = this.types.get(type);
    if (known) known.ms += WEIGHT * (ms - known.ms);
    else this.types.set(type, { ms });
  }
}

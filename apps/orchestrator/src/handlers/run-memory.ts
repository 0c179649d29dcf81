import type { LiveRun } from '../domain/live-run.js';
import type { Loaded } from './run-loader.js';

/** Ended runs that are remembered at least; twice as many at most. */
const REMEMBERED_ENDS = 1_000;
/** Runs that are loaded together. */
const TOGETHER = 250;

/** Somebody waits for a run. */
interface Asked {
  readonly promise: Promise<LiveRun | undefined>;
  readonly found: (run: LiveRun | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The runs of a partition that are in memory; loads the others when something reaches them, each once at a time. What
 * is asked for while some are being loaded is loaded together next: after a restart thousands are reached at once.
 */
export class RunMemory {
  private readonly runs = new Map<string, LiveRun>();
  private readonly asked = new Map<string, Asked>();
  private next: string[] = [];
  private loading = false;
  /** Runs that ended a moment ago: late answers to them need no look into the database. */
  private ended = new Set<string>();
  private endedBefore = new Set<string>();

  constructor(private readonly load: (runIds: readonly string[]) => AsyncIterable<Loaded>) {}

  get size(): number {
    return this.runs.size;
  }

  all(): LiveRun[] {
    return [...this.runs.values()];
  }

  get(runId: string): LiveRun | undefined {
    return this.runs.get(runId);
  }

  /** Whether a run ended a moment ago. */
  hasEnded(runId: string): boolean {
    return this.ended.has(runId) || this.endedBefore.has(runId);
  }

  /** The run, from the log when it is not here; undefined when there is none or it has ended. */
  find(runId: string): Promise<LiveRun | undefined> | LiveRun | undefined {
    const live = this.runs.get(runId);
    if (live || this.hasEnded(runId)) return live;
    return (this.asked.get(runId) ?? this.ask(runId)).promise;
  }

  add(run: LiveRun): void {
    this.runs.set(run.runId, run);
  }

  /** Takes a run out, unless another object has taken its place. */
  remove(run: LiveRun): boolean {
    return this.runs.get(run.runId) === run && this.runs.delete(run.runId);
  }

  end(run: LiveRun): void {
    this.remove(run);
    this.ended.add(run.runId);
    // All of a generation at once: looking for the oldest one would take ever longer.
    if (this.ended.size >= REMEMBERED_ENDS) [this.endedBefore, this.ended] = [this.ended, new Set()];
  }

  clear(): void {
    this.runs.clear();
  }

  private ask(runId: string): Asked {
    const asked = newAsked();
    this.asked.set(runId, asked);
    this.next.push(runId);
    // What is asked for in this turn goes together.
    if (!this.loading) queueMicrotask(() => void this.loadNext());
    this.loading = true;
    return asked;
  }

  private async loadNext(): Promise<void> {
    while (this.next.length > 0) await this.loadTogether(this.next.splice(0, TOGETHER));
    this.loading = false;
  }

  private async loadTogether(runIds: readonly string[]): Promise<void> {
    try {
      for await (const loaded of this.load(runIds)) {
        if ('run' in loaded) this.settled(loaded.runId)?.found(loaded.run);
        else this.settled(loaded.runId)?.failed(loaded.error);
      }
      for (const runId of runIds) this.settled(runId)?.found(undefined);
    } catch (error) {
      for (const runId of runIds) this.settled(runId)?.failed(error);
    }
  }

  private settled(runId: string): Asked | undefined {
    const asked = this.asked.get(runId);
    this.asked.delete(runId);
    return asked;
  }
}

function newAsked(): Asked {
  let settle: Pick<Asked, 'found' | 'failed'> | undefined;
  const promise = new Promise<LiveRun | undefined>((found, failed) => (settle = { found, failed }));
  return { promise, ...(settle as Pick<Asked, 'found' | 'failed'>) };
}

import type { LiveRun } from '../domain/live-run.js';

const REMEMBERED_ENDS = 2_000;
const LOADS_AT_ONCE = 8;

/** The runs of a partition that are in memory; loads the others when something reaches them, each once at a time. */
export class RunMemory {
  private readonly runs = new Map<string, LiveRun>();
  private readonly loading = new Map<string, Promise<LiveRun | undefined>>();
  private turns = 0;
  private readonly waiting: (() => void)[] = [];
  /** Runs that ended a moment ago: late answers to them need no look into the database. */
  private readonly ended = new Set<string>();

  constructor(private readonly load: (runId: string) => Promise<LiveRun | undefined>) {}

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
    return this.ended.has(runId);
  }

  /** The run, from the log when it is not here; undefined when there is none or it has ended. */
  find(runId: string): Promise<LiveRun | undefined> | LiveRun | undefined {
    const live = this.runs.get(runId);
    if (live || this.ended.has(runId)) return live;
    const known = this.loading.get(runId);
    if (known) return known;
    const loading = this.inTurn(runId).finally(() => this.loading.delete(runId));
    this.loading.set(runId, loading);
    return loading;
  }

  /** After a restart thousands of runs are reached at once: the database is asked for a few at a time. */
  private async inTurn(runId: string): Promise<LiveRun | undefined> {
    if (this.turns >= LOADS_AT_ONCE) await new Promise<void>((go) => this.waiting.push(go));
    this.turns += 1;
    try {
      return await this.load(runId);
    } finally {
      this.turns -= 1;
      this.waiting.shift()?.();
    }
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
    const oldest = this.ended.size > REMEMBERED_ENDS ? this.ended.values().next().value : undefined;
    if (oldest !== undefined) this.ended.delete(oldest);
  }

  clear(): void {
    this.runs.clear();
  }
}

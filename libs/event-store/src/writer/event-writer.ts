import type pg from 'pg';
import { schemaName } from '../sql/connection.js';
import type { AppendOptions, AppendResult, NewEvent } from '../log/event.js';
import type { Lease } from '../log/event-log.port.js';
import { EventAppender } from '../log/event-log.port.js';
import type { PendingAppend } from './append-queue.js';
import { Append, AppendQueue } from './append-queue.js';
import { BatchCommitter } from './batch-committer.js';
import { builtOnRefused, closed, fenced } from './errors.js';
import { HeldPartition } from './held-partition.js';
import { Patience } from './patience.js';
import { encodeAppend } from './pending.js';
import { WriterConnection } from './writer-connection.js';

export interface EventWriterOptions {
  readonly schema: string;
  /** Events and attachments per commit at most (2,000 unless told). */
  readonly maxRows?: number;
  /** JSON bytes per commit at most (8 MB unless told). */
  readonly maxBytes?: number;
  /** A commit without an answer for so long counts as lost and is looked up (15 s unless told). */
  readonly answerTimeoutMs?: number;
  /** Hears of each failed attempt while Postgres is away. */
  readonly onStall?: (error: unknown, attempt: number) => void;
  /** Hears of a partition that turned out to belong to somebody else. */
  readonly onFenced?: (partition: number) => void;
}

export interface WriterStats {
  /** Appends that wait, with those in flight. */
  readonly pending: number;
  readonly batches: number;
  readonly appends: number;
  /** Failed attempts of the commit in flight: more than 0 means that Postgres is away. */
  readonly failedAttempts: number;
}

/** How long what nobody waits for stays in memory. */
const PATIENCE_MS = 20;

/**
 * The one writer of an instance. What is appended while a commit is in flight goes into the next one: one statement,
 * one fsync for all partitions, so load alone sets the batch size. It writes only to partitions that were opened with
 * a lease, and only while nobody else has taken them (see `batchStatement`).
 */
export class EventWriter extends EventAppender {
  private readonly queue = new AppendQueue();
  private readonly held = new Map<number, HeldPartition>();
  private readonly abort = new AbortController();
  private readonly patience: Patience;
  private readonly connection: WriterConnection;
  private readonly committer: BatchCommitter;
  private readonly limits: { maxRows: number; maxBytes: number };
  private running: Promise<void> | undefined;
  /** Somebody waits for what is queued. */
  private urgent = false;
  private hurry: () => void = () => {};
  private accepting = true;
  private batches = 0;
  private appends = 0;
  private pending = 0;

  constructor(
    pool: pg.Pool,
    private readonly options: EventWriterOptions,
  ) {
    super();
    this.limits = { maxRows: options.maxRows ?? 2_000, maxBytes: options.maxBytes ?? 8 * 1024 * 1024 };
    this.connection = new WriterConnection(pool, options.answerTimeoutMs ?? 15_000);
    this.patience = new Patience(this.abort.signal, options.onStall);
    this.committer = new BatchCommitter({
      schema: schemaName(options.schema),
      connection: this.connection,
      patience: this.patience,
      onRefused: (stream) => this.refuseQueued(stream),
      onLost: (state) => options.onFenced?.(state.id),
    });
  }

  get stats(): WriterStats {
    const { batches, appends, pending } = this;
    return { batches, appends, pending, failedAttempts: this.patience.attempts };
  }

  /** Starts writing to a partition under its lease; what was queued under an older lease is fenced. */
  open(lease: Lease): void {
    const former = this.held.get(lease.partition);
    if (former) former.lost = true;
    this.held.set(lease.partition, new HeldPartition(lease));
  }

  /** Lets what is queued for a partition commit, fences what comes later; resolves when nothing is in flight. */
  async shut(partition: number): Promise<void> {
    const held = this.held.get(partition);
    this.held.delete(partition);
    this.press();
    await held?.idle();
  }

  /** Forgets a partition that somebody else has taken: whatever is queued for it is fenced. */
  drop(partition: number): void {
    const held = this.held.get(partition);
    if (held) held.lost = true;
    this.held.delete(partition);
  }

  override append(
    partition: number,
    stream: string,
    expectedVersion: number,
    events: readonly NewEvent[],
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const request = encodeAppend(partition, stream, expectedVersion, events, options);
      const state = this.held.get(partition);
      if (!this.accepting) throw closed(request);
      if (!state || state.lost) throw fenced(request);
      this.pending += 1;
      state.begin();
      this.queue.push(new Append(request, state, resolve, reject, () => this.answered(state)));
      if (!options.patient) this.press();
      this.running ??= this.run();
    });
  }

  /** Commits what is queued, for `drainMs` at most (10 s unless told); the rest is rejected `writer.closed`. */
  async close(drainMs = 10_000): Promise<void> {
    this.accepting = false;
    this.press();
    const timer = setTimeout(() => {
      this.abort.abort();
      this.connection.close(true);
    }, drainMs);
    await this.running;
    clearTimeout(timer);
    this.connection.close(false);
  }

  private press(): void {
    this.urgent = true;
    this.hurry();
  }

  /** What nobody waits for waits a moment for company. */
  private async company(): Promise<void> {
    const timer = setTimeout(() => this.hurry(), PATIENCE_MS);
    await new Promise<void>((resolve) => (this.hurry = resolve));
    clearTimeout(timer);
  }

  private answered(state: HeldPartition): void {
    this.pending -= 1;
    state.end();
  }

  /**
   * The first append of a turn waits for the others of the same turn. While more is queued, callers hear of a commit
   * only after the next batch is on its way: what they do then overlaps with the work of Postgres.
   */
  private async run(): Promise<void> {
    await Promise.resolve();
    let confirmed: (() => void)[] = [];
    while (this.queue.length > 0) {
      if (!this.urgent) {
        tell(confirmed.splice(0));
        await this.company();
      }
      const batch = this.queue.take(this.limits);
      this.urgent = this.queue.length > 0;
      const next: (() => void)[] = [];
      const commit = this.commit(batch, next);
      setImmediate(tell, confirmed);
      await commit;
      confirmed = next;
    }
    this.running = undefined;
    tell(confirmed);
  }

  private async commit(batch: readonly PendingAppend[], confirmed: (() => void)[]): Promise<void> {
    try {
      await this.committer.commit(batch, confirmed);
    } catch (cause) {
      tell(confirmed.splice(0));
      for (const append of batch) append.reject(closed(append, cause));
    }
    this.batches += 1;
    this.appends += batch.length;
  }

  private refuseQueued(stream: string): void {
    for (const append of this.queue.remove((waiting) => waiting.stream === stream)) {
      append.reject(builtOnRefused(append));
    }
  }
}

function tell(callers: readonly (() => void)[]): void {
  for (const caller of callers) caller();
}

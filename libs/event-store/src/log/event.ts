/** An event before it is stored. `data` is any JSON value; `at` is the time of the fact (RFC 3339, UTC). */
export interface NewEvent {
  /** A UUID. Unique in the log by custom; readers deduplicate by it. */
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
}

/**
 * An event as the log holds it. `version` counts 1..n within its stream, `sequence` 1..n within its partition,
 * both without gaps.
 */
export interface StoredEvent<Data = unknown> {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly partition: number;
  readonly sequence: number;
  readonly type: string;
  readonly data: Data;
  readonly at: string;
}

/** Where an append landed. An append without events keeps `version` and reports the partition's last sequence. */
export interface AppendResult {
  /** Version of the stream after the append. */
  readonly version: number;
  /** Sequence of the first and last appended event in the partition (`first > last` when there were no events). */
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** The current summary row of a run; the open ones are what an instance recovers after taking a partition. */
export interface RunSummary {
  readonly run: string;
  /** The stream of the run, for recovery by `readStream`. */
  readonly stream: string;
  readonly status: string;
  readonly terminal: boolean;
  readonly version: number;
  /** Small JSON value for lists; the truth is the stream. */
  readonly data?: unknown;
}

export interface StoredRun extends RunSummary {
  readonly partition: number;
  readonly updatedAt: string;
}

/** A wake-up call of a run. Setting the same (run, key) again replaces it. */
export interface Timer {
  readonly run: string;
  readonly key: string;
  /** RFC 3339, UTC; compared with the database's clock. */
  readonly dueAt: string;
  readonly data?: unknown;
}

export interface DueTimer extends Timer {
  readonly partition: number;
}

/** What else is written in the commit of an append: one statement per kind and batch, whatever the batch size. */
export type Attachment =
  /** Remembers that an input was processed, with the answer a repeated request gets. */
  | { readonly kind: 'idempotency'; readonly key: string; readonly result?: unknown }
  | ({ readonly kind: 'timer.set' } & Timer)
  | { readonly kind: 'timer.clear'; readonly run: string; readonly key: string }
  | ({ readonly kind: 'run.upsert' } & RunSummary)
  /** A message that cannot be derived from the event alone; read by `readPublic`. Prefer deriving from the feed. */
  | { readonly kind: 'public'; readonly id: string; readonly subject: string; readonly message: unknown };

export interface AppendOptions {
  /** Inputs (message or command ids) that this append processes; a known one refuses the append. */
  readonly inputIds?: readonly string[];
  readonly attachments?: readonly Attachment[];
  /** Nobody waits for it: it may stay in memory for 20 ms, until there is something to commit that is waited for. */
  readonly patient?: boolean;
}

export interface ProcessedInput {
  readonly key: string;
  readonly result?: unknown;
  readonly at: string;
}

export interface PublicMessage {
  readonly partition: number;
  readonly position: number;
  readonly id: string;
  readonly subject: string;
  readonly message: unknown;
}

/** Where reading of a stream begins. */
export interface StreamStart {
  readonly stream: string;
  /** The first version that is read. */
  readonly version: number;
}

/** State of a stream at `version`, made by code `codeVersion`; other code ignores it and replays. */
export interface Snapshot {
  readonly stream: string;
  readonly version: number;
  readonly codeVersion: string;
  readonly data: unknown;
}

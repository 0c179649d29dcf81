import type {
  AppendOptions,
  AppendResult,
  DueTimer,
  NewEvent,
  ProcessedInput,
  PublicMessage,
  Snapshot,
  StoredEvent,
  StoredRun,
  StreamStart,
} from './event.js';

/** Ordered reading of the log: what projections and publishers need. */
export abstract class EventFeed {
  /** Number of partitions, fixed when the log was first started. */
  abstract readonly partitionCount: number;
  /** Events of a partition with sequence > `afterSequence`, in order, without gaps. */
  abstract readPartition(partition: number, afterSequence: number, limit: number): Promise<StoredEvent[]>;
}

/** Everything that can be read from the event log; also the Nest token of it. */
export abstract class EventLog extends EventFeed {
  /** Events of a stream with version >= `fromVersion` (1 unless told), in order. */
  abstract readStream(stream: string, fromVersion?: number, limit?: number): Promise<StoredEvent[]>;
  /**
   * Many streams in one statement, in the order asked for, each whole from its version on. About `maxBytes` of data are
   * read: streams that do not fit are missing and asked for again, and a first one that is larger leaves nothing.
   */
  abstract readStreams(starts: readonly StreamStart[], maxBytes: number): Promise<Map<string, StoredEvent[]>>;
  /** Runs of a partition that are not terminal, by run id; page with the last run id seen. */
  abstract openRuns(partition: number, afterRun?: string, limit?: number): Promise<StoredRun[]>;
  abstract run(run: string): Promise<StoredRun | undefined>;
  /** Those of these runs that are there, in no order. */
  abstract runsById(runs: readonly string[]): Promise<StoredRun[]>;
  /** Which of these inputs were processed before, with their stored results. */
  abstract processed(partition: number, keys: readonly string[]): Promise<Map<string, ProcessedInput>>;
  /** Timers that are due by the database's clock, earliest first. They stay until cleared by an append. */
  abstract dueTimers(partitions: readonly number[], limit: number): Promise<DueTimer[]>;
  /** Pending timers of a run, due or not. */
  abstract timersOf(partition: number, run: string): Promise<DueTimer[]>;
  /** Milliseconds until the next timer of these partitions (0 when due), undefined when there is none. */
  abstract nextTimerIn(partitions: readonly number[]): Promise<number | undefined>;
  abstract readPublic(partition: number, afterPosition: number, limit: number): Promise<PublicMessage[]>;
  /** The newest snapshot made by this code version; corrupt ones and those of other code are not returned. */
  abstract loadSnapshot(stream: string, codeVersion: string): Promise<Snapshot | undefined>;
  /** As `loadSnapshot`, of many streams in one statement; by stream. */
  abstract loadSnapshots(streams: readonly string[], codeVersion: string): Promise<Map<string, Snapshot>>;
  /** Keeps the snapshot unless a newer one of the same code version is there. */
  abstract saveSnapshot(snapshot: Snapshot): Promise<void>;
  /** Sequence that the named reader has finished in each partition; a missing partition is 0. */
  abstract checkpoints(name: string): Promise<Map<number, number>>;
  /** Moves a checkpoint; it never goes backwards (use `resetCheckpoints` to read again). */
  abstract saveCheckpoint(name: string, partition: number, sequence: number): Promise<void>;
  abstract resetCheckpoints(name: string): Promise<void>;
  /** The database's clock. */
  abstract now(): Promise<Date>;
}

/** The one writer of an instance; also the Nest token of it. */
export abstract class EventAppender {
  /**
   * Appends events (possibly none, when only attachments matter) after `expectedVersion` of the stream (0 = new).
   * Resolves after the commit. Stays pending while Postgres is away.
   *
   * Errors: `partition.fenced` (another instance owns the partition: drop its state), `stream.version-conflict` and
   * `input.already-processed` (nothing of this append was written; later appends to the same stream that were
   * already queued are refused with it, because they were decided on a state that never came to be: reload the
   * stream), `append.invalid` (Postgres refuses the content), `writer.closed`.
   */
  abstract append(
    partition: number,
    stream: string,
    expectedVersion: number,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<AppendResult>;
}

/** What a lease lets its holder write under. */
export interface Lease {
  readonly partition: number;
  /** Grows by one with each acquisition; the fence of every commit. */
  readonly epoch: number;
  /** Last sequence of the partition when it was acquired. */
  readonly lastSequence: number;
  /** The batch that wrote it; the next commit continues from exactly there. */
  readonly lastBatch: string | null;
}

import { randomUUID } from 'node:crypto';
import { isRefused } from '../sql/connection.js';
import type { PendingAppend } from './append-queue.js';
import { fenced, refusal } from './errors.js';
import type { Patience } from './patience.js';
import type { PartitionState, Plan } from './plan.js';
import { learnVersion, planBatch, unknownStreams } from './plan.js';
import { settle } from './settle.js';
import type { WriterConnection } from './writer-connection.js';

export interface CommitterOptions {
  readonly schema: string;
  readonly connection: WriterConnection;
  readonly patience: Patience;
  /** Appends of this stream that wait in the queue fall with the one that was refused. */
  readonly onRefused: (stream: string) => void;
  readonly onLost: (state: PartitionState) => void;
}

/** Brings a batch of appends to the database: each of them ends resolved or rejected, whatever the others do. */
export class BatchCommitter {
  constructor(private readonly options: CommitterOptions) {}

  /**
   * Halves the batch when Postgres refuses its content, until only the guilty append is left to refuse. Refusals are
   * told at once; `confirmed` is told by the caller, who may send the next batch first.
   */
  async commit(
    appends: readonly PendingAppend[],
    confirmed: (() => void)[],
    doomed = new Set<string>(),
  ): Promise<void> {
    await this.learnVersions(appends);
    const plan = planBatch(appends, doomed);
    for (const [append, error] of plan.refused) this.refuse(append, error);
    if (plan.planned.length === 0) return;
    try {
      await this.write(plan, confirmed);
    } catch (error) {
      if (!isRefused(error)) throw error;
      const left = plan.planned.map(({ append }) => append);
      if (left.length === 1) return this.refuseOnly(left[0] as PendingAppend, error, doomed);
      const middle = left.length >> 1;
      await this.commit(left.slice(0, middle), confirmed, doomed);
      await this.commit(left.slice(middle), confirmed, doomed);
    }
  }

  private async write(plan: Plan<PendingAppend>, confirmed: (() => void)[]): Promise<void> {
    const { schema, connection, patience } = this.options;
    const batchId = randomUUID();
    const committed = await settle(connection, { batchId, ...plan }, schema, patience);
    for (const [state, lastSequence] of plan.upTo) {
      if (committed.has(state)) Object.assign(state, { lastSequence, lastBatch: batchId });
      else this.lose(state);
    }
    for (const { append, firstSequence } of plan.planned) {
      if (!committed.has(append.state)) append.reject(fenced(append));
      else confirmed.push(confirmation(append, firstSequence));
    }
  }

  private lose(state: PartitionState): void {
    state.lost = true;
    this.options.onLost(state);
  }

  private refuseOnly(append: PendingAppend, cause: unknown, doomed: Set<string>): void {
    doomed.add(append.stream);
    this.refuse(append, refusal(append, cause));
  }

  private refuse(append: PendingAppend, error: Error): void {
    // What is remembered of the stream led to a refusal or may be outdated: look it up the next time.
    append.state.versions.delete(append.stream);
    append.reject(error);
    this.options.onRefused(append.stream);
  }

  /** After a takeover or a conflict the version of a stream is in the table alone. */
  private async learnVersions(appends: readonly PendingAppend[]): Promise<void> {
    const unknown = unknownStreams(appends);
    if (unknown.length === 0) return;
    const { schema, connection, patience } = this.options;
    const query = {
      name: `versions ${schema}`,
      text: `SELECT s.stream, coalesce((SELECT e.version FROM ${schema}.events e WHERE e.stream = s.stream
          ORDER BY e.version DESC LIMIT 1), 0) AS version
        FROM unnest($1::text[]) AS s(stream)`,
      values: [[...new Set(unknown.map((append) => append.stream))]],
    };
    await patience.until(async () => {
      const rows = await connection.query<{ stream: string; version: number }>(query);
      const found = new Map(rows.map((row) => [row.stream, row.version]));
      for (const { state, stream } of unknown) learnVersion(state, stream, found.get(stream) ?? 0);
      return true;
    }, isRefused);
  }
}

/** What is known of the stream changes now, for the next batch; what the caller does about it may come later. */
function confirmation(append: PendingAppend, firstSequence: number): () => void {
  const version = append.expectedVersion + append.events.length;
  const lastSequence = firstSequence + append.events.length - 1;
  learnVersion(append.state, append.stream, version);
  return () => append.resolve({ version, firstSequence, lastSequence });
}

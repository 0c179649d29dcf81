import type pg from 'pg';
import { schemaName } from '../sql/connection.js';
import { migrate } from '../sql/migrate.js';
import { rowsOf } from '../sql/sql.js';
import type {
  DueTimer,
  ProcessedInput,
  PublicMessage,
  Snapshot,
  StoredEvent,
  StoredRun,
  StreamStart,
} from './event.js';
import { EventLog } from './event-log.port.js';
import { eventLogMigrations } from './event-log.migrations.js';
import type { EventRow, PublicRow, RunRow, TimerRow } from './rows.js';
import { json, toEvent, toPublic, toRun, toTimer } from './rows.js';
import { SnapshotTable } from './snapshot-table.js';
import { EVENT, readWholeStreams } from './whole-streams.js';

const RUN = 'run, partition, stream, status, terminal, version, data, updated_at';
const TIMER = 'partition, run, key, due_at, data';

export interface OpenLogOptions {
  readonly schema: string;
  /** Used at the very first start only (16 unless told); later starts find the recorded number. */
  readonly partitions?: number;
}

/** Migrates the schema, fixes the number of partitions at the first start, and opens the log for reading. */
export async function openEventLog(pool: pg.Pool, options: OpenLogOptions): Promise<PostgresEventLog> {
  const schema = schemaName(options.schema);
  await migrate(pool, { schema, migrations: eventLogMigrations });
  await pool.query(
    `WITH first AS (
       INSERT INTO ${schema}.log_settings (partition_count) VALUES ($1) ON CONFLICT DO NOTHING
       RETURNING partition_count
     ), ids AS (
       INSERT INTO ${schema}.partitions (id) SELECT generate_series(0, partition_count - 1) FROM first RETURNING id
     )
     INSERT INTO ${schema}.leases (partition) SELECT id FROM ids`,
    [options.partitions ?? 16],
  );
  const [settings] = await rowsOf<{ n: number }>(
    pool,
    `SELECT partition_count AS n FROM ${schema}.log_settings`,
  );
  return new PostgresEventLog(pool, schema, settings?.n ?? 0);
}

/** The event log of one schema in Postgres. */
export class PostgresEventLog extends EventLog {
  private readonly snapshots: SnapshotTable;

  constructor(
    private readonly pool: pg.Pool,
    private readonly schema: string,
    override readonly partitionCount: number,
  ) {
    super();
    this.snapshots = new SnapshotTable(pool, schema);
  }

  override async readPartition(
    partition: number,
    afterSequence: number,
    limit: number,
  ): Promise<StoredEvent[]> {
    return this.events('partition = $1 AND sequence > $2 ORDER BY sequence LIMIT $3', [
      partition,
      afterSequence,
      limit,
    ]);
  }

  override async readStream(stream: string, fromVersion = 1, limit?: number): Promise<StoredEvent[]> {
    return this.events('stream = $1 AND version >= $2 ORDER BY version LIMIT $3', [
      stream,
      fromVersion,
      limit,
    ]);
  }

  override readStreams(
    starts: readonly StreamStart[],
    maxBytes: number,
  ): Promise<Map<string, StoredEvent[]>> {
    return readWholeStreams(this.pool, this.schema, starts, maxBytes);
  }

  override async openRuns(partition: number, afterRun = '', limit = 1_000): Promise<StoredRun[]> {
    return this.runs('partition = $1 AND NOT terminal AND run > $2 ORDER BY run LIMIT $3', [
      partition,
      afterRun,
      limit,
    ]);
  }

  override async run(run: string): Promise<StoredRun | undefined> {
    const [found] = await this.runs('run = $1', [run]);
    return found;
  }

  override async runsById(runs: readonly string[]): Promise<StoredRun[]> {
    return this.runs('run = ANY ($1)', [runs]);
  }

  override async processed(partition: number, keys: readonly string[]): Promise<Map<string, ProcessedInput>> {
    const rows = await rowsOf<{ key: string; result: string | null; at: Date }>(
      this.pool,
      `SELECT key, result, at FROM ${this.schema}.processed WHERE partition = $1 AND key = ANY ($2)`,
      [partition, keys],
    );
    return new Map(
      rows.map(({ key, result, at }) => [key, { key, result: json(result), at: at.toISOString() }]),
    );
  }

  override async dueTimers(partitions: readonly number[], limit: number): Promise<DueTimer[]> {
    return this.timers('partition = ANY ($1) AND due_at <= now() ORDER BY due_at, run, key LIMIT $2', [
      partitions,
      limit,
    ]);
  }

  override async timersOf(partition: number, run: string): Promise<DueTimer[]> {
    return this.timers('partition = $1 AND run = $2 ORDER BY due_at, key', [partition, run]);
  }

  override async nextTimerIn(partitions: readonly number[]): Promise<number | undefined> {
    const [row] = await rowsOf<{ ms: string | null }>(
      this.pool,
      `SELECT extract(epoch FROM min(t.due_at) - now()) * 1000 AS ms FROM unnest($1::int[]) AS p(id)
       CROSS JOIN LATERAL (SELECT due_at FROM ${this.schema}.timers WHERE partition = p.id
         ORDER BY due_at LIMIT 1) AS t`,
      [partitions],
    );
    return row?.ms == null ? undefined : Math.max(0, Math.ceil(Number(row.ms)));
  }

  override async readPublic(
    partition: number,
    afterPosition: number,
    limit: number,
  ): Promise<PublicMessage[]> {
    const rows = await rowsOf<PublicRow>(
      this.pool,
      `SELECT partition, position, id, subject, message FROM ${this.schema}.public_messages
       WHERE partition = $1 AND position > $2 ORDER BY position LIMIT $3`,
      [partition, afterPosition, limit],
    );
    return rows.map(toPublic);
  }

  override async loadSnapshot(stream: string, codeVersion: string): Promise<Snapshot | undefined> {
    return (await this.snapshots.load([stream], codeVersion)).get(stream);
  }

  override loadSnapshots(streams: readonly string[], codeVersion: string): Promise<Map<string, Snapshot>> {
    return this.snapshots.load(streams, codeVersion);
  }

  override saveSnapshot(snapshot: Snapshot): Promise<void> {
    return this.snapshots.save(snapshot);
  }

  override async checkpoints(name: string): Promise<Map<number, number>> {
    const rows = await rowsOf<{ partition: number; sequence: string }>(
      this.pool,
      `SELECT partition, sequence FROM ${this.schema}.checkpoints WHERE name = $1`,
      [name],
    );
    return new Map(rows.map((row) => [row.partition, Number(row.sequence)]));
  }

  override async saveCheckpoint(name: string, partition: number, sequence: number): Promise<void> {
    // Nobody waits for the disk: a reader that starts a little earlier than it stopped loses nothing.
    await this.pool.query(
      `INSERT INTO ${this.schema}.checkpoints AS c (name, partition, sequence)
       SELECT $1, $2, $3 FROM set_config('synchronous_commit', 'off', true)
       ON CONFLICT (name, partition) DO UPDATE SET sequence = excluded.sequence WHERE c.sequence < excluded.sequence`,
      [name, partition, sequence],
    );
  }

  override async resetCheckpoints(name: string): Promise<void> {
    await this.pool.query(`DELETE FROM ${this.schema}.checkpoints WHERE name = $1`, [name]);
  }

  override async now(): Promise<Date> {
    const [row] = await rowsOf<{ now: Date }>(this.pool, 'SELECT clock_timestamp() AS now');
    return row?.now as Date;
  }

  /** Forgets inputs processed longer ago than this: no sender may repeat them any more. Returns how many. */
  async pruneProcessed(olderThanMs: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM ${this.schema}.processed WHERE at < now() - $1 * interval '1 ms'`,
      [olderThanMs],
    );
    return rowCount ?? 0;
  }

  /** Deletes messages for `readPublic` that are older than this; returns how many. */
  async prunePublic(olderThanMs: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM ${this.schema}.public_messages WHERE at < now() - $1 * interval '1 ms'`,
      [olderThanMs],
    );
    return rowCount ?? 0;
  }

  private async events(where: string, values: unknown[]): Promise<StoredEvent[]> {
    const text = `SELECT ${EVENT} FROM ${this.schema}.events WHERE ${where}`;
    return (await rowsOf<EventRow>(this.pool, text, values)).map(toEvent);
  }

  private async runs(where: string, values: unknown[]): Promise<StoredRun[]> {
    const text = `SELECT ${RUN} FROM ${this.schema}.runs WHERE ${where}`;
    return (await rowsOf<RunRow>(this.pool, text, values)).map(toRun);
  }

  private async timers(where: string, values: unknown[]): Promise<DueTimer[]> {
    const text = `SELECT ${TIMER} FROM ${this.schema}.timers WHERE ${where}`;
    return (await rowsOf<TimerRow>(this.pool, text, values)).map(toTimer);
  }
}

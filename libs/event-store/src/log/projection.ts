import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { schemaName } from '../sql/connection.js';
import { withTransaction } from '../sql/pool.js';
import type { Sql } from '../sql/sql.js';
import { rowsOf } from '../sql/sql.js';
import type { StoredEvent } from './event.js';
import type { EventFeed } from './event-log.port.js';

export interface ProjectionOptions {
  readonly name: string;
  readonly feed: EventFeed;
  /** Where the rows and the checkpoint live; the schema needs a `checkpoints` table (`projectionMigrations`). */
  readonly pool: pg.Pool;
  readonly schema: string;
  /** Writes rows for one event through the transaction that also moves the checkpoint. */
  readonly apply: (tx: Sql, event: StoredEvent) => Promise<void>;
  /** Removes all rows, for a rebuild. */
  readonly clear?: (tx: Sql) => Promise<void>;
  /** Events per transaction (500 unless told). */
  readonly batch?: number;
  readonly onError?: (error: unknown) => void;
}

export interface Projection {
  /** Reads to the end of all partitions once and returns how many events it applied. */
  catchUp(): Promise<number>;
  /** Catches up again and again until stopped; errors are reported and tried again. */
  start(pollMs?: number): void;
  stop(): Promise<void>;
  /** Clears rows and checkpoint in one transaction, then catches up. */
  rebuild(): Promise<number>;
}

/**
 * Rows derived from the log, each event applied exactly once: rows and checkpoint share a transaction, and the
 * checkpoint row is locked, so that of two instances of one projection only one applies an event.
 */
export function project(options: ProjectionOptions): Projection {
  return new LogProjection(options);
}

class LogProjection implements Projection {
  private readonly checkpoints: string;
  private loop: Promise<void> | undefined;
  private stopping = new AbortController();

  constructor(private readonly options: ProjectionOptions) {
    this.checkpoints = `${schemaName(options.schema)}.checkpoints`;
  }

  async catchUp(): Promise<number> {
    let total = 0;
    for (let partition = 0; partition < this.options.feed.partitionCount; partition += 1) {
      for (let count = -1; count !== 0; total += count) count = await this.step(partition);
    }
    return total;
  }

  start(pollMs = 200): void {
    this.stopping = new AbortController();
    this.loop ??= this.run(pollMs, this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    this.loop = undefined;
  }

  async rebuild(): Promise<number> {
    const { pool, name, clear } = this.options;
    await withTransaction(pool, async (tx) => {
      await tx.query(`SELECT 1 FROM ${this.checkpoints} WHERE name = $1 ORDER BY partition FOR UPDATE`, [
        name,
      ]);
      await clear?.(tx);
      await tx.query(`UPDATE ${this.checkpoints} SET sequence = 0 WHERE name = $1`, [name]);
    });
    return this.catchUp();
  }

  private async run(pollMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const count = await this.catchUp().catch((error: unknown) => (this.options.onError?.(error), 0));
      if (count === 0) await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Reads before the transaction, so that it never waits for a second connection; a step beaten to it reads again. */
  private async step(partition: number): Promise<number> {
    const { pool, name, feed, apply, batch = 500 } = this.options;
    const after = await this.position(pool, partition);
    const events = await feed.readPartition(partition, after, batch);
    const last = events.at(-1);
    if (!last) return 0;
    const applied = await withTransaction(pool, async (tx) => {
      if ((await this.lock(tx, partition)) !== after) return false;
      for (const event of events) await apply(tx, event);
      await tx.query(`UPDATE ${this.checkpoints} SET sequence = $3 WHERE name = $1 AND partition = $2`, [
        name,
        partition,
        last.sequence,
      ]);
      return true;
    });
    return applied ? events.length : this.step(partition);
  }

  private async lock(tx: Sql, partition: number): Promise<number> {
    await tx.query(
      `INSERT INTO ${this.checkpoints} (name, partition, sequence) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING`,
      [this.options.name, partition],
    );
    return this.position(tx, partition, 'FOR UPDATE');
  }

  private async position(sql: Sql, partition: number, lock = ''): Promise<number> {
    const rows = await rowsOf<{ sequence: string }>(
      sql,
      `SELECT sequence FROM ${this.checkpoints} WHERE name = $1 AND partition = $2 ${lock}`,
      [this.options.name, partition],
    );
    return Number(rows[0]?.sequence ?? 0);
  }
}

/** The checkpoint table for a projection that lives outside the log's own schema. */
export const projectionMigrations = [
  {
    name: 'projection-001',
    sql: `CREATE TABLE IF NOT EXISTS checkpoints (
      name text NOT NULL, partition int NOT NULL, sequence bigint NOT NULL, PRIMARY KEY (name, partition)
    ) WITH (fillfactor = 50)`,
  },
];

import type pg from 'pg';
import type { Lease } from '../log/event-log.port.js';
import { schemaName } from '../sql/connection.js';
import { rowsOf } from '../sql/sql.js';

interface PartitionRow {
  readonly id: number;
  readonly epoch: string;
  readonly last_sequence: string;
  readonly last_batch: string | null;
}

/** The statements of leasing. One partition is taken at a time: waiting for a former owner's commit cannot deadlock. */
export class LeaseTable {
  private readonly schema: string;

  constructor(
    private readonly pool: pg.Pool,
    schema: string,
    private readonly instanceId: string,
    private readonly leaseMs: number,
  ) {
    this.schema = schemaName(schema);
  }

  /** Says that this instance lives and returns all that do. */
  async heartbeat(): Promise<string[]> {
    await this.pool.query(
      `INSERT INTO ${this.schema}.instances (id, alive_until) VALUES ($1, now() + $2 * interval '1 ms')
       ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until`,
      [this.instanceId, this.leaseMs],
    );
    await this.pool.query(
      `DELETE FROM ${this.schema}.instances WHERE alive_until < now() - interval '1 hour'`,
    );
    const rows = await rowsOf<{ id: string }>(
      this.pool,
      `SELECT id FROM ${this.schema}.instances WHERE alive_until > now()`,
    );
    return rows.map((row) => row.id);
  }

  async partitionCount(): Promise<number> {
    const [row] = await rowsOf<{ n: number }>(
      this.pool,
      `SELECT partition_count AS n FROM ${this.schema}.log_settings`,
    );
    return row?.n ?? 0;
  }

  /** Returns the partitions that are still ours, also those whose lease ran out but that nobody took. */
  async renew(leases: readonly Lease[]): Promise<Set<number>> {
    const rows = await rowsOf<{ partition: number }>(
      this.pool,
      `UPDATE ${this.schema}.leases l SET lease_until = now() + $2 * interval '1 ms'
       FROM ${this.schema}.partitions p JOIN unnest($3::int[], $4::bigint[]) AS mine(id, epoch) USING (id, epoch)
       WHERE l.partition = p.id AND l.owner = $1 RETURNING l.partition`,
      [this.instanceId, this.leaseMs, leases.map((l) => l.partition), leases.map((l) => l.epoch)],
    );
    return new Set(rows.map((row) => row.partition));
  }

  /** Takes one free or expired partition under the next epoch; the row lock waits for a commit in flight. */
  async take(): Promise<Lease | undefined> {
    const [row] = await rowsOf<PartitionRow>(
      this.pool,
      `WITH free AS (
         SELECT partition FROM ${this.schema}.leases WHERE owner IS NULL OR lease_until < now()
         ORDER BY partition LIMIT 1 FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE ${this.schema}.leases l SET owner = $1, lease_until = now() + $2 * interval '1 ms'
         FROM free WHERE l.partition = free.partition RETURNING l.partition
       )
       UPDATE ${this.schema}.partitions p SET epoch = p.epoch + 1 FROM taken WHERE p.id = taken.partition
       RETURNING p.id, p.epoch, p.last_sequence, p.last_batch`,
      [this.instanceId, this.leaseMs],
    );
    if (!row) return undefined;
    return {
      partition: row.id,
      epoch: Number(row.epoch),
      lastSequence: Number(row.last_sequence),
      lastBatch: row.last_batch,
    };
  }

  async release(lease: Lease): Promise<void> {
    await this.pool.query(
      `UPDATE ${this.schema}.leases l SET owner = NULL, lease_until = NULL FROM ${this.schema}.partitions p
       WHERE l.partition = $1 AND l.owner = $2 AND p.id = l.partition AND p.epoch = $3`,
      [lease.partition, this.instanceId, lease.epoch],
    );
  }

  async leave(): Promise<void> {
    await this.pool.query(`DELETE FROM ${this.schema}.instances WHERE id = $1`, [this.instanceId]);
  }
}

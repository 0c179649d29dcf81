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

/** Keys of the advisory locks of one bigint that somebody holds in this database. */
const HELD = `SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** What changes between two rounds. */
export interface Look {
  /** Instances whose lock is free though they have not left: dead, or about to take it again. */
  readonly unlocked: readonly string[];
  readonly instances: number;
  /** Some partition has no owner, or one whose lease ran out. */
  readonly free: boolean;
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

  /** Says that this instance lives, and which lock it holds as long as it does; returns all that live, itself for sure. */
  async heartbeat(lockKey: string | undefined): Promise<string[]> {
    await this.pool.query(
      `INSERT INTO ${this.schema}.instances (id, alive_until, lock_key)
       VALUES ($1, now() + $2 * interval '1 ms', $3)
       ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until, lock_key = excluded.lock_key`,
      [this.instanceId, this.leaseMs, lockKey],
    );
    await this.pool.query(
      `DELETE FROM ${this.schema}.instances WHERE alive_until < now() - interval '1 hour'`,
    );
    const rows = await rowsOf<{ id: string }>(
      this.pool,
      `SELECT id FROM ${this.schema}.instances WHERE alive_until > now() OR id = $1`,
      [this.instanceId],
    );
    return rows.map((row) => row.id);
  }

  /**
   * Also cuts what seems to last longer than a lease can: it was written before the clock was set back. Whoever lives
   * renews it in time, whoever does not is done with a lease from now.
   */
  async look(): Promise<Look> {
    const [row] = await rowsOf<{ unlocked: string[] | null; instances: number; free: boolean }>(
      this.pool,
      `WITH longest AS (SELECT now() + $1 * interval '1 ms' AS until), cut_leases AS (
         UPDATE ${this.schema}.leases SET lease_until = until FROM longest WHERE lease_until > until
       ), cut_instances AS (
         UPDATE ${this.schema}.instances SET alive_until = until FROM longest WHERE alive_until > until
       )
       SELECT array_agg(id) FILTER (WHERE lock_key NOT IN (${HELD})) AS unlocked, count(*)::int AS instances,
         EXISTS (SELECT FROM ${this.schema}.leases WHERE owner IS NULL OR lease_until < now()) AS free
       FROM ${this.schema}.instances WHERE alive_until > now()`,
      [this.leaseMs],
    );
    return { unlocked: row?.unlocked ?? [], instances: row?.instances ?? 0, free: row?.free ?? false };
  }

  /** Strikes off those of these instances whose lock is still free, and frees their partitions. */
  async bury(instanceIds: readonly string[]): Promise<void> {
    await this.pool.query(
      `WITH dead AS (
         DELETE FROM ${this.schema}.instances WHERE id = ANY ($1) AND lock_key NOT IN (${HELD}) RETURNING id
       )
       UPDATE ${this.schema}.leases l SET owner = NULL, lease_until = NULL FROM dead WHERE l.owner = dead.id`,
      [instanceIds],
    );
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

  /**
   * Takes one free or expired partition under the next epoch; the row lock waits for a commit in flight. Not one of
   * those that it holds: to a process that stood still its own may look expired.
   */
  async take(held: readonly number[] = []): Promise<Lease | undefined> {
    const [row] = await rowsOf<PartitionRow>(
      this.pool,
      `WITH free AS (
         SELECT partition FROM ${this.schema}.leases
         WHERE (owner IS NULL OR lease_until < now()) AND partition <> ALL ($3::int[])
         ORDER BY partition LIMIT 1 FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE ${this.schema}.leases l SET owner = $1, lease_until = now() + $2 * interval '1 ms'
         FROM free WHERE l.partition = free.partition RETURNING l.partition
       )
       UPDATE ${this.schema}.partitions p SET epoch = p.epoch + 1 FROM taken WHERE p.id = taken.partition
       RETURNING p.id, p.epoch, p.last_sequence, p.last_batch`,
      [this.instanceId, this.leaseMs, held],
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

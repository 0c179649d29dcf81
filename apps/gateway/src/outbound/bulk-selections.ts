import { createHash, randomUUID } from 'node:crypto';
import type { BulkPreview, BulkProgress, BulkVerb, RunFilter } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { RunRow } from './read-model.entities.js';
import { conditionOf } from './run-filter.js';

/** Runs in one change at most, and those that a preview shows. */
const MOST = 1_000;
const SHOWN = 20;
const VALID_MS = 3_600_000;
const KEPT_DAYS = 90;

/** Runs on which a verb can do something. */
const CONCERNED: Readonly<Record<BulkVerb, string>> = {
  cancel: 'run.ended_at IS NULL',
  terminate: 'run.ended_at IS NULL',
  pause: `run.status = 'RUNNING'`,
  resume: `run.status IN ('PAUSED', 'SUSPENDED')`,
  retry: 'run.ended_at IS NOT NULL',
};

export type BulkResult = BulkProgress['results'][number];

export interface BulkWork {
  readonly token: string;
  readonly verb: BulkVerb;
  readonly actor: string;
  readonly reason: string | null;
  /** Runs that have no result yet. */
  readonly left: readonly string[];
}

interface Row {
  readonly verb: BulkVerb;
  readonly state: BulkProgress['state'];
  readonly run_ids: string[];
  readonly actor: string | null;
  readonly reason: string | null;
}

/** Selections of runs that a change is pinned to, and what became of each. */
export class BulkSelections {
  constructor(
    private readonly pool: Pool,
    private readonly database: DataSource,
  ) {}

  /** Pins the runs that match now, the newest first. */
  async pin(verb: BulkVerb, where: RunFilter, now: Date): Promise<BulkPreview> {
    const { sql, values } = conditionOf(where);
    const rows = await this.database
      .createQueryBuilder(RunRow, 'run')
      .where(`${CONCERNED[verb]} AND ${sql}`, values)
      .orderBy('run.started_at', 'DESC')
      .addOrderBy('run.id')
      .limit(MOST + 1)
      .getMany();
    const chosen = rows.slice(0, MOST);
    const ids = chosen.map(({ id }) => id);
    const token = createHash('sha256')
      .update(JSON.stringify([verb, ids, randomUUID()]))
      .digest('hex');
    await this.pool.query(
      `INSERT INTO bulk_operations (token, verb, run_ids, state, at) VALUES ($1, $2, $3, 'previewed', $4)`,
      [token, verb, ids, now],
    );
    await this.pool.query(`DELETE FROM bulk_operations WHERE at < $1 OR (state = 'previewed' AND at < $2)`, [
      new Date(now.getTime() - KEPT_DAYS * 86_400_000),
      new Date(now.getTime() - 2 * VALID_MS),
    ]);
    return {
      token,
      verb,
      count: ids.length,
      more: rows.length > MOST,
      first: chosen.slice(0, SHOWN).map(({ id, workflow, status, started_at }) => ({
        runId: id,
        workflow,
        status,
        startedAt: started_at.toISOString(),
      })),
      expiresAt: new Date(now.getTime() + VALID_MS).toISOString(),
    };
  }

  /** From now on it is to be carried out; saying so again changes nothing. Throws `bulk.not-found` and `bulk.expired`. */
  async release(token: string, actor: string, reason: string | undefined, now: Date): Promise<void> {
    const released = await rowsOf(
      this.pool,
      `UPDATE bulk_operations SET state = 'running', actor = $2, reason = $3
       WHERE token = $1 AND state = 'previewed' AND at > $4 RETURNING 1`,
      [token, actor, reason ?? null, new Date(now.getTime() - VALID_MS)],
    );
    if (released.length > 0) return;
    if ((await this.find(token)).state !== 'previewed') return;
    throw new AppError('bulk.expired', 'The preview is older than an hour: look again at what it touches.');
  }

  /** Changes that were released and are not done. */
  async unfinished(): Promise<string[]> {
    const rows = await rowsOf<{ token: string }>(
      this.pool,
      `SELECT token FROM bulk_operations WHERE state = 'running' ORDER BY at`,
    );
    return rows.map(({ token }) => token);
  }

  async work(token: string): Promise<BulkWork> {
    const { verb, actor, reason, run_ids } = await this.find(token);
    const done = new Set((await this.results(token)).map(({ runId }) => runId));
    return { token, verb, actor: actor ?? 'unknown', reason, left: run_ids.filter((id) => !done.has(id)) };
  }

  async note(token: string, { runId, ok, status, as, error }: BulkResult): Promise<void> {
    await this.pool.query(
      `INSERT INTO bulk_results (token, run_id, ok, status, restarted_as, error) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING`,
      [token, runId, ok, status, as, error && JSON.stringify(error)],
    );
  }

  async finish(token: string): Promise<void> {
    await this.pool.query(`UPDATE bulk_operations SET state = 'done' WHERE token = $1`, [token]);
  }

  /** Throws `bulk.not-found`. */
  async progress(token: string): Promise<BulkProgress> {
    const [{ verb, state, actor, reason, run_ids }, results] = await Promise.all([
      this.find(token),
      this.results(token),
    ]);
    const failed = results.filter(({ ok }) => !ok).length;
    const about = { token, verb, state, actor, reason };
    return { ...about, count: run_ids.length, done: results.length, failed, results };
  }

  private async find(token: string): Promise<Row> {
    const [row] = await rowsOf<Row>(
      this.pool,
      'SELECT verb, state, run_ids, actor, reason FROM bulk_operations WHERE token = $1',
      [token],
    );
    if (row) return row;
    throw new AppError('bulk.not-found', 'There is no such preview: make one first.');
  }

  private results(token: string): Promise<BulkResult[]> {
    return rowsOf(
      this.pool,
      `SELECT run_id AS "runId", ok, status, restarted_as AS "as", error FROM bulk_results
       WHERE token = $1 ORDER BY run_id`,
      [token],
    );
  }
}

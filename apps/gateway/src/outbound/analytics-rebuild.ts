import { rowsOf, withTransaction } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import type { AnalyticsRebuild } from '@trimtab/contracts';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { Pool } from 'pg';
import { headOf } from './analytics-history.js';
import { ANALYTICS_NAMES, ANALYTICS_TABLES } from './analytics.migrations.js';
import { countNext, countPage, lockView, pruneViews } from './analytics-tables.js';
import type { View, ViewState } from './analytics-tables.js';

/** Held by the gateway that rebuilds, until it is done or gone. */
const LOCK = `hashtext('trimtab.analytics.rebuild')`;

/** Counts all events again in a second view, which takes the place of the first when it is whole. */
export class AnalyticsRebuilding {
  private status: AnalyticsRebuild = { state: 'none', done: 0, total: 0, error: null };

  constructor(
    private readonly pool: Pool,
    private readonly clock: Clock,
    private readonly keptDays: number,
  ) {}

  get progress(): AnalyticsRebuild {
    return this.status;
  }

  /** Begins, unless one is under way here; it goes on in the background. */
  begin(): AnalyticsRebuild {
    if (this.status.state !== 'running') {
      this.status = { state: 'running', done: 0, total: 0, error: null };
      void this.run().catch((error: unknown) => {
        this.status = { ...this.status, state: 'failed', error: toErrorInfo(error).message };
      });
    }
    return this.status;
  }

  private async run(): Promise<void> {
    const holder = await this.pool.connect();
    try {
      const [lock] = await rowsOf<{ mine: boolean }>(holder, `SELECT pg_try_advisory_lock(${LOCK}) AS mine`);
      if (!lock?.mine) throw new AppError('analytics.conflict', 'Another gateway rebuilds already.');
      await this.build();
      await withTransaction(this.pool, (db) => this.swap(db));
      this.status = { ...this.status, state: 'done', done: this.status.total };
    } finally {
      await holder.query(`SELECT pg_advisory_unlock(${LOCK})`).catch(() => undefined);
      holder.release();
    }
  }

  private async build(): Promise<void> {
    await withTransaction(this.pool, async (db) => {
      await makeTables(db);
      await dropView(db, 'building');
      await db.query(
        `INSERT INTO analytics_views (state, kept_before) SELECT 'building', kept_before FROM analytics_views WHERE state = 'live'`,
      );
    });
    for (let more = true; more;) {
      more = await countNext(this.pool, 'building');
      const [at] = await rowsOf<{ position: string }>(
        this.pool,
        `SELECT position FROM analytics_views WHERE state = 'building'`,
      );
      this.status = { ...this.status, done: Number(at?.position ?? 0), total: await headOf(this.pool) };
    }
  }

  /** Both views count up to the same event; then days that no event speaks of any more move over. */
  private async swap(db: Sql): Promise<void> {
    const head = await headOf(db);
    const live = await upTo(db, 'live', head);
    await upTo(db, 'building', head);
    const [old, fresh] = [await lockView(db, 'live'), await lockView(db, 'building')];
    if (!live || !old || !fresh) throw new AppError('analytics.unavailable', 'A view went away: try again.');
    for (const [table, column, rest] of [
      ['analytics_buckets', 'start', 'unit, by, start, key, tally'],
      [
        'analytics_runs',
        'ended_at',
        'run_id, workflow, status, ended_at, total_ms, findings, savings, executed',
      ],
    ] as const) {
      await db.query(`DELETE FROM ${table} WHERE view = $1 AND ${column} < $2`, [fresh.id, old.keptBefore]);
      await db.query(
        `INSERT INTO ${table} (view, ${rest}) SELECT $1, ${rest} FROM ${table} WHERE view = $2 AND ${column} < $3`,
        [fresh.id, old.id, old.keptBefore],
      );
    }
    await dropView(db, 'live');
    await db.query(`UPDATE analytics_views SET state = 'live', kept_before = $2, at = now() WHERE id = $1`, [
      fresh.id,
      old.keptBefore,
    ]);
    await pruneViews(db, this.keptDays, this.clock.now());
  }
}

/** Not when they are there: even then their statements lock out, and may deadlock with, whoever counts meanwhile. */
async function makeTables(db: Sql): Promise<void> {
  const [found] = await rowsOf<{ whole: boolean }>(
    db,
    'SELECT bool_and(to_regclass(name) IS NOT NULL) AS whole FROM unnest($1::text[]) AS name',
    [ANALYTICS_NAMES],
  );
  if (!found?.whole) await db.query(ANALYTICS_TABLES);
  await db.query(`INSERT INTO analytics_views (state) VALUES ('live') ON CONFLICT (state) DO NOTHING`);
}

async function upTo(db: Sql, state: ViewState, head: number): Promise<View | undefined> {
  let view = await lockView(db, state);
  for (let more = view !== undefined; more && view;) ({ view, more } = await countPage(db, view, head));
  return view;
}

async function dropView(db: Sql, state: ViewState): Promise<void> {
  for (const table of ['analytics_buckets', 'analytics_runs'])
    await db.query(`DELETE FROM ${table} WHERE view IN (SELECT id FROM analytics_views WHERE state = $1)`, [
      state,
    ]);
  await db.query('DELETE FROM analytics_views WHERE state = $1', [state]);
}

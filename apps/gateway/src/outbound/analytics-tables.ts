import { rowsOf, withTransaction } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { dimensionsOf, emptyTally, mergeTally, observe } from '@trimtab/workflow';
import type { Dimension, Observation, RunEnded, Tally } from '@trimtab/workflow';
import type { Pool } from 'pg';
import { observationOf } from '../domain/observations.js';
import { contextOf, headOf, readHistory } from './analytics-history.js';

const PAGE = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours serve the short windows; days serve the long ones. */
const HOURS_KEPT_MS = 8 * DAY_MS;

export type ViewState = 'live' | 'building';

export interface View {
  readonly id: number;
  readonly state: ViewState;
  readonly position: number;
  /** Days before this are as they were counted: the events of archived runs are gone. */
  readonly keptBefore: Date;
}

interface Bucket {
  readonly unit: 'hour' | 'day';
  readonly by: Dimension;
  readonly start: string;
  readonly key: string;
  readonly tally: Tally;
}

type EndedRun = RunEnded & { readonly runId: string };

/** A view that is locked until the transaction ends: one gateway counts at a time. */
export async function lockView(db: Sql, state: ViewState): Promise<View | undefined> {
  const [row] = await rowsOf<{ id: number; position: string; kept_before: Date }>(
    db,
    'SELECT id, position, kept_before FROM analytics_views WHERE state = $1 FOR UPDATE',
    [state],
  );
  return row && { id: row.id, state, position: Number(row.position), keptBefore: row.kept_before };
}

/** Counts the next page of events in the live view; true when there may be more. */
export function countNext(pool: Pool, state: ViewState = 'live'): Promise<boolean> {
  return withTransaction(pool, async (db) => {
    const view = await lockView(db, state);
    if (!view)
      throw new AppError('analytics.unavailable', 'There is no view: rebuild it.', { retry: 'later' });
    return (await countPage(db, view, await headOf(db))).more;
  });
}

/** Counts one page of events up to a position. */
export async function countPage(db: Sql, view: View, upTo: number): Promise<{ view: View; more: boolean }> {
  const page = await readHistory(db, view.position, upTo, PAGE);
  if (page.last === undefined) return { view, more: false };
  const before = page.rows.length === 0 ? undefined : await contextOf(db, page.rows);
  const buckets = new Map<string, Bucket>();
  const runs: EndedRun[] = [];
  const kept = view.state === 'building' ? view.keptBefore.getTime() : 0;
  for (const row of page.rows) {
    const observation = before && observationOf(row, before);
    if (!observation || Date.parse(observation.at) < kept) continue;
    count(buckets, observation);
    if (observation.kind === 'run') runs.push({ ...observation, runId: row.runId });
  }
  await mergeBuckets(db, view.id, [...buckets.values()]);
  await saveRuns(db, view.id, runs);
  const next = { ...view, position: page.last };
  await db.query('UPDATE analytics_views SET position = $2 WHERE id = $1', [view.id, page.last]);
  if (page.archivedBefore !== undefined)
    await db.query('UPDATE analytics_views SET kept_before = greatest(kept_before, $2) WHERE state = $1', [
      'live',
      new Date(Math.ceil(Date.parse(page.archivedBefore) / DAY_MS) * DAY_MS),
    ]);
  return { view: next, more: page.full };
}

function count(buckets: Map<string, Bucket>, observation: Observation): void {
  const at = Date.parse(observation.at);
  for (const [by, key] of dimensionsOf(observation)) {
    for (const [unit, size] of [
      ['hour', HOUR_MS],
      ['day', DAY_MS],
    ] as const) {
      const start = new Date(Math.floor(at / size) * size).toISOString();
      const id = [unit, by, start, key].join('\n');
      const bucket = buckets.get(id) ?? { unit, by, start, key, tally: emptyTally() };
      observe(bucket.tally, by, observation);
      buckets.set(id, bucket);
    }
  }
}

const KEYS = 'unit, by, start, key';

async function mergeBuckets(db: Sql, view: number, buckets: readonly Bucket[]): Promise<void> {
  if (buckets.length === 0) return;
  const given = JSON.stringify(buckets.map(({ tally: _tally, ...key }) => key));
  const known = await rowsOf<{ place: string; tally: Tally }>(
    db,
    `SELECT place, b.tally FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS g(k, place)
     JOIN analytics_buckets b ON b.view = $1 AND b.unit = k->>'unit' AND b.by = k->>'by'
       AND b.start = (k->>'start')::timestamptz AND b.key = k->>'key'`,
    [view, given],
  );
  for (const { place, tally } of known) {
    const bucket = buckets[Number(place) - 1];
    if (bucket) mergeTally(bucket.tally, tally);
  }
  await db.query(
    `INSERT INTO analytics_buckets (view, ${KEYS}, tally)
     SELECT $1, k->>'unit', k->>'by', (k->>'start')::timestamptz, k->>'key', k->'tally'
     FROM jsonb_array_elements($2::jsonb) AS g(k)
     ON CONFLICT (view, ${KEYS}) DO UPDATE SET tally = excluded.tally`,
    [view, JSON.stringify(buckets)],
  );
}

async function saveRuns(db: Sql, view: number, runs: readonly EndedRun[]): Promise<void> {
  if (runs.length === 0) return;
  await db.query(
    `INSERT INTO analytics_runs (view, run_id, workflow, status, ended_at, total_ms, findings, savings, executed)
     SELECT $1, r->>'runId', r->>'workflow', r->>'status', (r->>'at')::timestamptz, (r->>'totalMs')::bigint,
       (r->>'findings')::int, r->'savings', r->'executed' FROM jsonb_array_elements($2::jsonb) AS g(r)
     ON CONFLICT (view, run_id) DO NOTHING`,
    [view, JSON.stringify(runs)],
  );
}

/** Forgets what is older than it is kept for. */
export async function pruneViews(db: Sql, keptDays: number, now: Date): Promise<void> {
  const daysFrom = new Date(now.getTime() - keptDays * DAY_MS);
  await db.query(`DELETE FROM analytics_buckets WHERE unit = 'hour' AND start < $1`, [
    new Date(now.getTime() - HOURS_KEPT_MS),
  ]);
  await db.query('DELETE FROM analytics_buckets WHERE start < $1', [daysFrom]);
  await db.query('DELETE FROM analytics_runs WHERE ended_at < $1', [daysFrom]);
}

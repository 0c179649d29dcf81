import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import type { AnalyticsWindow, RunOutcome } from '@trimtab/contracts';
import { mergeTally, statisticsOf } from '@trimtab/workflow';
import type { Dimension, Tally } from '@trimtab/workflow';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Which buckets a window is added up from, and how far it goes back. */
const WINDOWS = {
  '1h': { unit: 'hour', size: HOUR_MS, back: HOUR_MS },
  '24h': { unit: 'hour', size: HOUR_MS, back: DAY_MS },
  '7d': { unit: 'hour', size: HOUR_MS, back: 7 * DAY_MS },
  '30d': { unit: 'day', size: DAY_MS, back: 30 * DAY_MS },
  all: { unit: 'day', size: DAY_MS, back: Number.POSITIVE_INFINITY },
} as const satisfies Record<AnalyticsWindow, object>;

export type Statistics = ReturnType<typeof statisticsOf>;

/** Reads the statistics of the live view. */
export class AnalyticsViews {
  constructor(private readonly sql: Sql) {}

  /** The busiest first. */
  async statistics(
    by: Dimension,
    window: AnalyticsWindow,
    now: Date,
  ): Promise<{ from: string | null; items: Statistics[] }> {
    const { unit, size, back } = WINDOWS[window];
    const begin = Math.floor((now.getTime() - back) / size) * size;
    const from = Number.isFinite(begin) ? new Date(begin).toISOString() : null;
    const rows = await rowsOf<{ key: string; tally: Tally }>(
      this.sql,
      `SELECT key, tally FROM analytics_buckets
       WHERE view = (SELECT id FROM analytics_views WHERE state = 'live') AND unit = $1 AND by = $2
         AND start >= coalesce($3, '-infinity')::timestamptz`,
      [unit, by, from],
    );
    return { from, items: addUp(rows) };
  }

  /** The newest first. */
  async outcomes(workflow: string | undefined, limit: number): Promise<RunOutcome[]> {
    const rows = await rowsOf<
      Omit<RunOutcome, 'endedAt' | 'durationMs'> & { endedAt: Date; durationMs: string }
    >(
      this.sql,
      `SELECT run_id AS "runId", workflow, status, ended_at AS "endedAt", total_ms AS "durationMs", findings,
         savings, executed FROM analytics_runs
       WHERE view = (SELECT id FROM analytics_views WHERE state = 'live') AND ($1::text IS NULL OR workflow = $1)
       ORDER BY ended_at DESC, run_id LIMIT $2`,
      [workflow ?? null, limit],
    );
    return rows.map(({ endedAt, durationMs, ...row }) => ({
      ...row,
      endedAt: endedAt.toISOString(),
      durationMs: Number(durationMs),
    }));
  }
}

/** One row per key, the busiest first. */
export function addUp(rows: readonly { readonly key: string; readonly tally: Tally }[]): Statistics[] {
  const sums = new Map<string, Tally>();
  for (const { key, tally } of rows) {
    const sum = sums.get(key);
    if (sum) mergeTally(sum, tally);
    else sums.set(key, tally);
  }
  return [...sums]
    .map(([key, tally]) => statisticsOf(key, tally))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

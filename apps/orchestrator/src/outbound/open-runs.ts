import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';

export interface OpenRun {
  readonly run: string;
  readonly status: string;
  readonly version: number;
  /** It rests in the database; its earliest timer wakes it. */
  readonly passive: boolean;
  /** Child runs that a resting run waits for. */
  readonly children: readonly string[];
  /** Milliseconds since its earliest timer was due; negative before, null without a timer. */
  readonly overdueMs: number | null;
}

/** What the rows say about open runs, for the watchdog. */
export class OpenRuns {
  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
  ) {}

  async in(partition: number, after: string, limit: number): Promise<OpenRun[]> {
    const rows = await rowsOf<
      { data: string | null; overdue: string | null } & Pick<OpenRun, 'run' | 'status' | 'version'>
    >(
      this.sql,
      `SELECT r.run, r.status, r.version, r.data, extract(epoch FROM now() - t.due_at) * 1000 AS overdue
       FROM ${this.schema}.runs r LEFT JOIN LATERAL (
         SELECT due_at FROM ${this.schema}.timers WHERE partition = r.partition AND run = r.run ORDER BY due_at LIMIT 1
       ) t ON true
       WHERE r.partition = $1 AND NOT r.terminal AND r.run > $2 ORDER BY r.run LIMIT $3`,
      [partition, after, limit],
    );
    return rows.map(({ run, status, version, data, overdue }) => {
      const { passive = false, children = [] } = (data === null ? {} : JSON.parse(data)) as Partial<OpenRun>;
      return {
        run,
        status,
        version,
        passive,
        children,
        overdueMs: overdue === null ? null : Number(overdue),
      };
    });
  }

  /** By run, whether it has ended; runs that are not there are left out. */
  async ended(runs: readonly string[]): Promise<Map<string, boolean>> {
    if (runs.length === 0) return new Map();
    const rows = await rowsOf<{ run: string; terminal: boolean }>(
      this.sql,
      `SELECT run, terminal FROM ${this.schema}.runs WHERE run = ANY ($1)`,
      [runs],
    );
    return new Map(rows.map(({ run, terminal }) => [run, terminal]));
  }
}

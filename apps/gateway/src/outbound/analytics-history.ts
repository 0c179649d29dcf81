import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import type { Money } from '@trimtab/kernel';
import { COUNTED } from '../domain/observations.js';
import type { Before, HistoryRow } from '../domain/observations.js';

const ARCHIVED = 'trimtab.run.archived.v1';
const CONTEXT = [
  'trimtab.run.started.v1',
  'trimtab.task.queued.v1',
  'trimtab.recommendation.raised.v1',
  'trimtab.action.executed.v1',
];

export interface HistoryPage {
  /** Events that count. */
  readonly rows: readonly HistoryRow[];
  /** The last position read, counted or not; undefined at the end. */
  readonly last: number | undefined;
  readonly full: boolean;
  /** Runs that ended before this were archived, and their events are gone. */
  readonly archivedBefore: string | undefined;
}

interface EventRow {
  readonly position: string;
  readonly type: string;
  readonly run_id: string | null;
  readonly time: Date;
  readonly data: unknown;
}

/** The next events of the history, up to a position. */
export async function readHistory(db: Sql, after: number, upTo: number, limit: number): Promise<HistoryPage> {
  const read = await rowsOf<EventRow>(
    db,
    `SELECT position, type, run_id, time, CASE WHEN type = ANY ($4) THEN data END AS data
     FROM events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`,
    [after, upTo, limit, [...COUNTED, ARCHIVED]],
  );
  const archived = read
    .filter(({ type }) => type === ARCHIVED)
    .map(({ data }) => String((data as { before?: unknown } | null)?.before));
  return {
    rows: read.filter(({ type, data }) => type !== ARCHIVED && data !== null).map(rowOf),
    last: read.length === 0 ? undefined : Number(read.at(-1)?.position),
    full: read.length === limit,
    archivedBefore: archived.sort().at(-1),
  };
}

/** The newest position there is. */
export async function headOf(db: Sql): Promise<number> {
  const [row] = await rowsOf<{ head: string | null }>(db, 'SELECT max(position) AS head FROM events');
  return Number(row?.head ?? 0);
}

const rowOf = ({ position, type, run_id, time, data }: EventRow): HistoryRow => ({
  position: Number(position),
  type,
  runId: run_id ?? '',
  time: time.toISOString(),
  data,
});

interface ContextRow {
  readonly position: string;
  readonly type: string;
  readonly run_id: string;
  readonly time: Date;
  readonly task: string | null;
  readonly attempt: string | null;
  readonly workflow: string | null;
  readonly savings: Money | null;
}

/** What is known of the runs that some events speak of. */
export async function contextOf(db: Sql, rows: readonly HistoryRow[]): Promise<Before> {
  const runs = [...new Set(rows.map(({ runId }) => runId))];
  const found = await rowsOf<ContextRow>(
    db,
    `SELECT position, type, run_id, time, data->>'taskId' AS task, data->>'attempt' AS attempt,
       data->>'workflow' AS workflow,
       CASE WHEN data#>>'{result,mode}' = 'live' THEN data#>'{result,monthlySavings}' END AS savings
     FROM events WHERE run_id = ANY ($1) AND type = ANY ($2) AND position <= $3 ORDER BY position`,
    [runs, CONTEXT, rows.at(-1)?.position ?? 0],
  );
  return new History(found);
}

class History implements Before {
  private readonly byKey = new Map<string, ContextRow[]>();

  constructor(rows: readonly ContextRow[]) {
    for (const row of rows) {
      const key = keyOf(row.type, row.run_id, row.task ?? '', row.attempt ?? '');
      const known = this.byKey.get(key);
      if (known) known.push(row);
      else this.byKey.set(key, [row]);
    }
  }

  workflowOf(runId: string, position: number): string | undefined {
    return this.upTo(position, 'trimtab.run.started.v1', runId)[0]?.workflow ?? undefined;
  }

  queuedAt(runId: string, taskId: string, attempt: number, position: number): string | undefined {
    const [queued] = this.upTo(position, 'trimtab.task.queued.v1', runId, taskId, String(attempt));
    return queued?.time.toISOString();
  }

  recommendations(runId: string, position: number): number {
    return this.upTo(position, 'trimtab.recommendation.raised.v1', runId).length;
  }

  executed(runId: string, position: number): readonly Money[] {
    const rows = this.upTo(position, 'trimtab.action.executed.v1', runId);
    return rows.flatMap(({ savings }) => (savings === null ? [] : [savings]));
  }

  private upTo(position: number, type: string, runId: string, task = '', attempt = ''): ContextRow[] {
    const rows = this.byKey.get(keyOf(type, runId, task, attempt)) ?? [];
    return rows.filter((row) => Number(row.position) < position);
  }
}

const keyOf = (...parts: string[]): string => parts.join('\n');

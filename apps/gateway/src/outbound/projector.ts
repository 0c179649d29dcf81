import type { Sql } from '@trimtab/event-store';
import type { EventData, EventType } from '@trimtab/contracts';

/** Applies one public event to the read model; runs in the transaction that marks the event as seen. */
export type Projector<T extends EventType> = (db: Sql, data: EventData<T>, time: Date) => Promise<void>;

type Row = Readonly<Record<string, unknown>>;

/**
 * Writes a row, replacing the one with the same key; with `newerBy` only when that column is not older than it was.
 * Table and column names are written in the projections, never taken from a message.
 */
export async function put(
  db: Sql,
  table: string,
  key: Row,
  values: Row,
  { newerBy }: { newerBy?: string } = {},
): Promise<void> {
  const row = { ...key, ...values };
  const columns = Object.keys(row);
  const updates = Object.keys(values).map((column) => `${column} = excluded.${column}`);
  const guard = newerBy === undefined ? '' : ` WHERE old.${newerBy} <= excluded.${newerBy}`;
  await db.query(
    `INSERT INTO ${table} AS old (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})
     ON CONFLICT (${Object.keys(key).join(', ')}) DO UPDATE SET ${updates.join(', ')}${guard}`,
    Object.values(row).map(stored),
  );
}

/** Documents go into jsonb columns; the driver would write a list as a Postgres array. */
const stored = (value: unknown): unknown =>
  value !== null && typeof value === 'object' && !(value instanceof Date) ? JSON.stringify(value) : value;

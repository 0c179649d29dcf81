import type { Sql } from '@trimtab/event-store';
import type { EventData, EventType } from '@trimtab/contracts';

/** Applies one public event to the read model; runs in the transaction that marks the event as seen. */
export type Projector<T extends EventType> = (db: Writes, data: EventData<T>, time: Date) => Promise<void>;

type Row = Readonly<Record<string, unknown>>;

interface PutOptions {
  /** Replaces a row only when this column, a time, is not older than it was. */
  readonly newerBy?: string;
}

/** Rows of one table and one kind, by their keys. */
interface Group extends PutOptions {
  readonly table: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly rows: Map<string, Row>;
}

/**
 * What the events of one transaction write. Whole rows are gathered and go out together, since a run may find hundreds
 * of things at once; every other statement finds them written. `flush` ends it.
 */
export class Writes implements Sql {
  private readonly groups = new Map<string, Group>();

  constructor(private readonly db: Sql) {}

  /**
   * Writes a row, replacing the one with the same key. Table and column names are written in the projections, never
   * taken from a message.
   */
  put(table: string, key: Row, values: Row, { newerBy }: PutOptions = {}): Promise<void> {
    const row = { ...key, ...values };
    const columns = Object.keys(row);
    const kind = [table, ...columns].join();
    const group = this.groups.get(kind) ?? {
      table,
      key: Object.keys(key),
      columns,
      newerBy,
      rows: new Map(),
    };
    this.groups.set(kind, group);
    const id = JSON.stringify(Object.values(key));
    const before = newerBy === undefined ? undefined : group.rows.get(id);
    if (!before || timeIn(before, newerBy) <= timeIn(row, newerBy)) group.rows.set(id, row);
    return Promise.resolve();
  }

  async query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    await this.flush();
    return this.db.query(text, values);
  }

  async flush(): Promise<void> {
    const groups = [...this.groups.values()];
    this.groups.clear();
    for (const group of groups)
      await this.db.query(statementOf(group), [JSON.stringify([...group.rows.values()])]);
  }
}

const timeIn = (row: Row, column = ''): number => (row[column] as Date).getTime();

/** The table itself says of which type each column is. */
function statementOf({ table, key, columns, newerBy }: Group): string {
  const updates = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const guard = newerBy === undefined ? '' : ` WHERE old.${newerBy} <= excluded.${newerBy}`;
  return `INSERT INTO ${table} AS old (${columns.join(', ')})
    SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${updates.join(', ')}${guard}`;
}

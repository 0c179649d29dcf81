import { AppError } from '@trimtab/kernel';
import { schemaName } from '../sql/connection.js';
import type { Sql } from '../sql/sql.js';
import { rowsOf } from '../sql/sql.js';
import type { Claim } from './worker.port.js';
import { Inbox } from './worker.port.js';

interface InboxRow {
  readonly claim: number;
  readonly result: string | null;
  readonly completed: boolean;
}

/** The inbox table of a service's schema. `sql` is what runs when a call brings no transaction of its own. */
export class PostgresInbox extends Inbox {
  private readonly table: string;

  constructor(
    private readonly sql: Sql,
    schema: string,
  ) {
    super();
    this.table = `${schemaName(schema)}.inbox`;
  }

  override async claim(commandId: string, sql: Sql = this.sql): Promise<Claim> {
    const rows = await rowsOf<InboxRow>(
      sql,
      `INSERT INTO ${this.table} AS i (command_id, claim) VALUES ($1, 1)
       ON CONFLICT (command_id) DO UPDATE SET claim = i.claim + 1, claimed_at = now()
       RETURNING claim, result, completed_at IS NOT NULL AS completed`,
      [commandId],
    );
    return toClaim(rows[0] as InboxRow);
  }

  override async complete(tx: Sql, commandId: string, claim: number, result: unknown): Promise<void> {
    const rows = await rowsOf(
      tx,
      `UPDATE ${this.table} SET result = $3, completed_at = now()
       WHERE command_id = $1 AND claim = $2 AND completed_at IS NULL RETURNING claim`,
      [commandId, claim, JSON.stringify(result) ?? 'null'],
    );
    if (rows.length === 0) throw superseded(commandId, claim);
  }

  override async verify(commandId: string, claim: number, sql: Sql = this.sql): Promise<void> {
    const found = await this.current(commandId, sql);
    if (found?.claim !== claim || found.completed) throw superseded(commandId, claim);
  }

  override async current(commandId: string, sql: Sql = this.sql): Promise<Claim | undefined> {
    const [row] = await rowsOf<InboxRow>(
      sql,
      `SELECT claim, result, completed_at IS NOT NULL AS completed FROM ${this.table} WHERE command_id = $1`,
      [commandId],
    );
    return row && toClaim(row);
  }

  override async prune(olderThanMs: number): Promise<number> {
    const rows = await rowsOf(
      this.sql,
      `DELETE FROM ${this.table} WHERE claimed_at < now() - $1 * interval '1 ms' RETURNING 1`,
      [olderThanMs],
    );
    return rows.length;
  }
}

export function superseded(commandId: string, claim: number): AppError {
  return new AppError(
    'task.superseded',
    `Claim ${claim} of command ${commandId} is no longer the current one: stop, another delivery has the work.`,
    { details: { commandId, claim } },
  );
}

const toClaim = ({ claim, completed, result }: InboxRow): Claim =>
  completed ? { claim, completed, result: JSON.parse(result ?? 'null') as unknown } : { claim, completed };

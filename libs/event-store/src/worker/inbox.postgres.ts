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
    return (await this.claimAll([commandId], sql)).get(commandId) as Claim;
  }

  /** Claims by command, which are all different; in their order, so that two workers never wait for each other. */
  async claimAll(commandIds: readonly string[], sql: Sql = this.sql): Promise<Map<string, Claim>> {
    const rows = await rowsOf<InboxRow & { command_id: string }>(
      sql,
      `INSERT INTO ${this.table} AS i (command_id, claim) SELECT c, 1 FROM unnest($1::text[]) AS c ORDER BY c
       ON CONFLICT (command_id) DO UPDATE SET claim = i.claim + 1, claimed_at = now()
       RETURNING command_id, claim, result, completed_at IS NOT NULL AS completed`,
      [commandIds],
    );
    return new Map(rows.map((row) => [row.command_id, toClaim(row)]));
  }

  override async complete(tx: Sql, commandId: string, claim: number, result: unknown): Promise<void> {
    const accepted = await this.completeAll(tx, [{ commandId, claim, result }]);
    if (!accepted.has(commandId)) throw superseded(commandId, claim);
  }

  /** Stores results of commands that are all different; returns those whose claim is the current one. */
  async completeAll(
    tx: Sql,
    results: readonly { commandId: string; claim: number; result: unknown }[],
  ): Promise<Set<string>> {
    const rows = await rowsOf<{ command_id: string }>(
      tx,
      `UPDATE ${this.table} AS i SET result = r.result, completed_at = now()
       FROM unnest($1::text[], $2::int[], $3::text[]) AS r(command_id, claim, result)
       WHERE i.command_id = r.command_id AND i.claim = r.claim AND i.completed_at IS NULL RETURNING i.command_id`,
      [
        results.map(({ commandId }) => commandId),
        results.map(({ claim }) => claim),
        results.map(({ result }) => JSON.stringify(result) ?? 'null'),
      ],
    );
    return new Set(rows.map((row) => row.command_id));
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

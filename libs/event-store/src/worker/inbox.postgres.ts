import { AppError } from '@trimtab/kernel';
import type pg from 'pg';
import { int4Array, textArray } from '../sql/binary-array.js';
import { schemaName } from '../sql/connection.js';
import type { Sql } from '../sql/sql.js';
import { rowsOf } from '../sql/sql.js';
import type { Claim, Completion } from './worker.port.js';
import { Inbox } from './worker.port.js';

interface InboxRow {
  readonly claim: number;
  readonly result: string | null;
  readonly completed: boolean;
}

/** The inbox table of a service's schema. */
export class PostgresInbox extends Inbox {
  private readonly table: string;

  constructor(
    private readonly pool: pg.Pool,
    private readonly schema: string,
  ) {
    super();
    this.table = `${schemaName(schema)}.inbox`;
  }

  override async claim(commandId: string): Promise<Claim> {
    return (await this.claimAll([commandId])).get(commandId) as Claim;
  }

  /**
   * Claims by command, which are all different; in their order, so that two workers never wait for each other. Nobody
   * waits for the disk: claims begin anywhere, so that one that was lost with the database is not given again.
   */
  async claimAll(commandIds: readonly string[]): Promise<Map<string, Claim>> {
    const { rows } = await this.pool.query<InboxRow & { command_id: string }>({
      name: `claim ${this.schema}`,
      text: `INSERT INTO ${this.table} AS i (command_id, claim)
       SELECT c, 1 + floor(random() * 1e9)
       FROM unnest($1::text[]) AS c, set_config('synchronous_commit', 'off', true) ORDER BY c
       ON CONFLICT (command_id) DO UPDATE SET claim = i.claim + 1, claimed_at = now()
       RETURNING command_id, claim, result, completed_at IS NOT NULL AS completed`,
      values: [textArray(commandIds)],
    });
    return new Map(rows.map((row) => [row.command_id, toClaim(row)]));
  }

  override async complete(tx: Sql, commandId: string, claim: number, result: unknown): Promise<void> {
    const { text, values } = this.completion([{ commandId, claim, result }]);
    if ((await rowsOf(tx, text, values)).length === 0) throw superseded(commandId, claim);
  }

  /** Stores results of commands that are all different; returns those whose claim is the current one. */
  async completeAll(results: readonly Completion[]): Promise<Set<string>> {
    const name = `complete ${this.schema}`;
    const { rows } = await this.pool.query<{ command_id: string }>({ name, ...this.completion(results) });
    return new Set(rows.map((row) => row.command_id));
  }

  override async verify(commandId: string, claim: number): Promise<void> {
    const { rowCount } = await this.pool.query(
      `UPDATE ${this.table} SET claimed_at = now()
       WHERE command_id = $1 AND claim = $2 AND completed_at IS NULL`,
      [commandId, claim],
    );
    if (rowCount === 0) throw superseded(commandId, claim);
  }

  override async current(commandId: string): Promise<Claim | undefined> {
    const { rows } = await this.pool.query<InboxRow>(
      `SELECT claim, result, completed_at IS NOT NULL AS completed FROM ${this.table} WHERE command_id = $1`,
      [commandId],
    );
    return rows[0] && toClaim(rows[0]);
  }

  override async prune(olderThanMs: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM ${this.table} WHERE claimed_at < now() - $1 * interval '1 ms'`,
      [olderThanMs],
    );
    return rowCount ?? 0;
  }

  /** Written so that the index is always used: a plan for many rows that was made for an empty table would read all of it. */
  private completion(results: readonly Completion[]): { text: string; values: unknown[] } {
    return {
      text: `INSERT INTO ${this.table} AS i (command_id, claim, result, completed_at)
       SELECT r.*, now() FROM unnest($1::text[], $2::int[], $3::text[]) AS r(command_id, claim, result)
       ORDER BY command_id
       ON CONFLICT (command_id) DO UPDATE SET result = excluded.result, completed_at = now()
       WHERE i.claim = excluded.claim AND i.completed_at IS NULL RETURNING command_id`,
      values: [
        textArray(results.map(({ commandId }) => commandId)),
        int4Array(results.map(({ claim }) => claim)),
        textArray(results.map(({ result }) => JSON.stringify(result) ?? 'null')),
      ],
    };
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

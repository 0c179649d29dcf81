import { AppError } from '@trimtab/kernel';
import { schemaName } from '../sql/connection.js';
import type { Sql } from '../sql/sql.js';
import { rowsOf } from '../sql/sql.js';
import type { DeadLetter, DeadLetterQuery, DeadLetterStatus, NewDeadLetter } from './worker.port.js';
import { DeadLetterRows } from './worker.port.js';

interface LetterRow {
  readonly position: string;
  readonly id: string;
  readonly service: string;
  readonly reason: string;
  readonly subject: string;
  readonly headers: string;
  readonly body: Buffer;
  readonly error: string | null;
  readonly status: DeadLetterStatus;
  readonly replays: number;
  readonly note: string | null;
  readonly created_at: Date;
  readonly resolved_at: Date | null;
}

/** The dead-letter table of a service's schema. */
export class PostgresDeadLetterRows extends DeadLetterRows {
  private readonly table: string;

  constructor(
    private readonly sql: Sql,
    schema: string,
  ) {
    super();
    this.table = `${schemaName(schema)}.dead_letters`;
  }

  override async insert(letter: NewDeadLetter, sql: Sql = this.sql): Promise<void> {
    const { id, service, reason, subject, headers, body, error } = letter;
    await sql.query(
      `INSERT INTO ${this.table} AS d (id, service, reason, subject, headers, body, error)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (id) DO UPDATE SET status = 'open', reason = excluded.reason, error = excluded.error,
         resolved_at = NULL WHERE d.status = 'replayed'`,
      [id, service, reason, subject, JSON.stringify(headers), Buffer.from(body), textOf(error)],
    );
  }

  override async list(query: DeadLetterQuery = {}): Promise<DeadLetter[]> {
    const { status, service, after = '0', limit = 100 } = query;
    const rows = await rowsOf<LetterRow>(
      this.sql,
      `SELECT * FROM ${this.table} WHERE position > $1 AND ($2::text IS NULL OR status = $2)
         AND ($3::text IS NULL OR service = $3) ORDER BY position LIMIT $4`,
      [after, status, service, limit],
    );
    return rows.map(toLetter);
  }

  override async get(id: string): Promise<DeadLetter | undefined> {
    const [row] = await rowsOf<LetterRow>(this.sql, `SELECT * FROM ${this.table} WHERE id = $1`, [id]);
    return row && toLetter(row);
  }

  override markReplayed(id: string, note?: string, sql: Sql = this.sql): Promise<void> {
    return this.resolve(sql, id, 'replayed', note);
  }

  override discard(id: string, note?: string, sql: Sql = this.sql): Promise<void> {
    return this.resolve(sql, id, 'discarded', note);
  }

  private async resolve(sql: Sql, id: string, status: DeadLetterStatus, note?: string): Promise<void> {
    const rows = await rowsOf(
      sql,
      `UPDATE ${this.table} SET status = $2, note = $3, resolved_at = now(),
         replays = replays + ($2 = 'replayed')::int WHERE id = $1 AND status = 'open' RETURNING 1`,
      [id, status, note],
    );
    if (rows.length === 0) throw notOpen(id);
  }
}

export const notOpen = (id: string): AppError =>
  new AppError('dead-letter.not-open', `Dead letter "${id}" is not open: list it to see what became of it.`, {
    details: { id },
  });

const textOf = (error: unknown): string | null => (JSON.stringify(error) as string | undefined) ?? null;

const toLetter = (row: LetterRow): DeadLetter => ({
  position: row.position,
  id: row.id,
  service: row.service,
  reason: row.reason,
  subject: row.subject,
  headers: JSON.parse(row.headers) as Record<string, string>,
  body: row.body,
  error: row.error === null ? undefined : (JSON.parse(row.error) as unknown),
  status: row.status,
  replays: row.replays,
  note: row.note ?? undefined,
  at: row.created_at.toISOString(),
  resolvedAt: row.resolved_at?.toISOString(),
});

import type { Envelope } from '@trimtab/kernel';
import { schemaName } from '../sql/connection.js';
import type { Sql } from '../sql/sql.js';
import { rowsOf } from '../sql/sql.js';
import { numberMessages } from './number-messages.js';
import type { OutboxMessage, UnsentMessage } from './worker.port.js';
import { Outbox } from './worker.port.js';

interface OutboxRow {
  readonly position: string;
  readonly subject: string;
  readonly message: string;
  readonly sends: number;
}

/** The outbox tables of a service's schema. */
export class PostgresOutbox extends Outbox {
  private readonly schema: string;

  constructor(
    private readonly sql: Sql,
    schema: string,
  ) {
    super();
    this.schema = schemaName(schema);
  }

  override async add(tx: Sql, messages: readonly OutboxMessage[]): Promise<UnsentMessage[]> {
    if (messages.length === 0) return [];
    const numbered = await numberMessages(messages, (pairs) => this.raise(tx, pairs));
    const rows = await rowsOf<Pick<OutboxRow, 'position'>>(
      tx,
      `INSERT INTO ${this.schema}.outbox (id, subject, message)
       SELECT m.id, m.subject, m.message FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY
         AS m(id, subject, message, n) ORDER BY m.n
       RETURNING position`,
      [
        numbered.map(({ envelope }) => envelope.id),
        numbered.map(({ subject }) => subject),
        numbered.map(({ envelope }) => JSON.stringify(envelope)),
      ],
    );
    // Positions are given in the order of the insertion.
    return numbered.map((message, i) => ({ ...message, position: rows[i]?.position ?? '', sends: 0 }));
  }

  override async unsent(limit: number): Promise<UnsentMessage[]> {
    const rows = await rowsOf<OutboxRow>(
      this.sql,
      `SELECT position, subject, message, sends FROM ${this.schema}.outbox
       WHERE sent_at IS NULL ORDER BY position LIMIT $1`,
      [limit],
    );
    return rows.map(toUnsent);
  }

  override async markTried(positions: readonly string[]): Promise<void> {
    await this.sql.query(`UPDATE ${this.schema}.outbox SET sends = sends + 1 WHERE position = ANY ($1)`, [
      positions,
    ]);
  }

  override async markSent(positions: readonly string[]): Promise<void> {
    await this.sql.query(
      // Nobody waits for the disk: a mark that is lost costs one more send, which its readers recognize.
      `UPDATE ${this.schema}.outbox SET sends = sends + 1, sent_at = now()
       FROM set_config('synchronous_commit', 'off', true)
       WHERE position = ANY ($1) AND sent_at IS NULL`,
      [positions],
    );
  }

  /** Takes messages whose subjects begin so, and that were sent in this time, for unsent; returns how many. */
  async sendAgain(subjects: string, from: Date, to: Date): Promise<number> {
    const rows = await rowsOf(
      this.sql,
      `UPDATE ${this.schema}.outbox SET sent_at = NULL
       WHERE sent_at >= $2 AND sent_at < $3 AND starts_with(subject, $1) RETURNING 1`,
      [subjects, from, to],
    );
    return rows.length;
  }

  override async prune(olderThanMs: number): Promise<number> {
    const rows = await rowsOf(
      this.sql,
      `DELETE FROM ${this.schema}.outbox WHERE sent_at < now() - $1 * interval '1 ms' RETURNING 1`,
      [olderThanMs],
    );
    return rows.length;
  }

  /** The row locks last until the caller commits, so positions of a pair commit in order. */
  private async raise(
    tx: Sql,
    pairs: readonly { source: string; subject: string; count: number }[],
  ): Promise<number[]> {
    const rows = await rowsOf<{ sequence: string }>(
      tx,
      `INSERT INTO ${this.schema}.outbox_sequences AS s (source, subject, sequence)
       SELECT p.source, p.subject, p.count FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY
         AS p(source, subject, count, n) ORDER BY p.n
       ON CONFLICT (source, subject) DO UPDATE SET sequence = s.sequence + excluded.sequence
       RETURNING sequence`,
      [pairs.map((p) => p.source), pairs.map((p) => p.subject), pairs.map((p) => p.count)],
    );
    return rows.map((row) => Number(row.sequence));
  }
}

const toUnsent = ({ position, subject, message, sends }: OutboxRow): UnsentMessage => ({
  position,
  subject,
  sends,
  envelope: JSON.parse(message) as Envelope,
});

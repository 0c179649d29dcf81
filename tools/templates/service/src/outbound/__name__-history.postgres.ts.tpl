import type { Sql } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { {{Name}}History } from '../domain/{{name}}-history.js';

export class Postgres{{Name}}History extends {{Name}}History {
  constructor(private readonly pool: Pool) {
    super();
  }

  override async known(subjects: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ subject: string }>(
      'SELECT subject FROM subjects WHERE subject = ANY ($1)',
      [subjects],
    );
    return new Set(rows.map((row) => row.subject));
  }

  override async record(tx: Sql, runId: string, subjects: readonly string[]): Promise<void> {
    await tx.query(
      'INSERT INTO subjects (subject, run_id) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING',
      [subjects, runId],
    );
  }
}

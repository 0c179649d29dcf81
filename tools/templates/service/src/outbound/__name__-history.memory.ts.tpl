import type { Sql } from '@trimtab/event-store';
import { {{Name}}History } from '../domain/{{name}}-history.js';

/** The same promises without a database, for specs. */
export class Memory{{Name}}History extends {{Name}}History {
  private readonly rows = new Map<string, string>();

  override known(subjects: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(subjects.filter((subject) => this.rows.has(subject))));
  }

  override record(_tx: Sql, runId: string, subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) if (!this.rows.has(subject)) this.rows.set(subject, runId);
    return Promise.resolve();
  }
}

import { describe, expect, it } from '@jest/globals';
import type { Sql } from '@trimtab/event-store';
import { defineWorkflow } from '@trimtab/workflow';
import { PostgresDefinitions } from './definitions.js';

const versioned = (version: string) =>
  defineWorkflow({ name: 'monthly', version, tasks: { a: { uses: 'test.work' } } });

/** The table of definitions; `late` holds the next list of digests back, as it is now, until it is let go. */
class Table implements Sql {
  private readonly rows: { digest: string; name: string; version: string; document: string }[] = [];
  private held: Promise<void> | undefined;

  late(): () => void {
    let letGo = (): void => undefined;
    this.held = new Promise((done) => (letGo = done));
    return () => letGo();
  }

  async query(text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    const [first] = values as [string];
    const rows = this.rows.map((row) => ({ ...row, source: 'anna', registered_at: new Date(0) }));
    if (text.includes('ANY ($1)')) return { rows: rows.filter(({ digest }) => first.includes(digest)) };
    if (text.startsWith('SELECT digest, source')) {
      const { held } = this;
      this.held = undefined;
      await held;
      return { rows };
    }
    if (!text.startsWith('INSERT')) return { rows: [] };
    const [digest, name, version, document] = values as [string, string, string, string];
    this.rows.push({ digest, name, version, document });
    return { rows: [1] };
  }
}

describe('what is known of definitions', () => {
  it('is never older than what was known before, in whatever order the table answers', async () => {
    const table = new Table();
    const definitions = new PostgresDefinitions(table, 'orchestrator');
    await definitions.register(versioned('1'), 'anna');
    const letGo = table.late();
    const early = definitions.refresh();
    await definitions.register(versioned('2'), 'anna');
    await definitions.refresh();
    letGo();
    await early;
    expect(definitions.known('monthly')?.ref.version).toBe('2');
    expect(definitions.all.map(({ ref }) => ref.version)).toEqual(['2', '1']);
  });
});

import type { Migration } from '@trimtab/event-store';

export const migrations: readonly Migration[] = [
  {
    name: '{{name}}-001-subjects',
    sql: `
      CREATE TABLE subjects (
        subject text PRIMARY KEY,
        run_id text NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now()
      );`,
  },
];

import type { Migration } from '@trimtab/event-store';

/** Tables of what surrounds the runs. */
export const operationMigrations: readonly Migration[] = [
  {
    name: 'operations-001-incidents',
    sql: `CREATE TABLE incidents (
      id uuid PRIMARY KEY,
      key text NOT NULL,
      kind text NOT NULL,
      partition int,
      run_id text,
      message text NOT NULL,
      details text NOT NULL,
      status text NOT NULL DEFAULT 'open',
      raised_at timestamptz NOT NULL DEFAULT now(),
      last_seen_at timestamptz NOT NULL DEFAULT now(),
      repairs int NOT NULL DEFAULT 0,
      resolved_at timestamptz,
      resolved_by text,
      resolution text
    );
    CREATE UNIQUE INDEX incidents_open ON incidents (key) WHERE status = 'open';
    CREATE INDEX incidents_raised ON incidents (raised_at)`,
  },
  {
    name: 'operations-002-archives',
    sql: `CREATE TABLE archives (
      id uuid PRIMARY KEY,
      key text NOT NULL,
      before timestamptz NOT NULL,
      actor text NOT NULL,
      reason text,
      archive text NOT NULL,
      runs int NOT NULL,
      events int NOT NULL,
      by_status text NOT NULL,
      at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX archives_key ON archives (key)`,
  },
  {
    name: 'operations-003-trigger-states',
    sql: `CREATE TABLE trigger_states (
      name text PRIMARY KEY,
      "on" boolean NOT NULL,
      changed_at bigint NOT NULL,
      reason text NOT NULL
    )`,
  },
];

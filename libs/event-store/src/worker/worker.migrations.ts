import type { Migration } from '../sql/migrate.js';

/** Tables that a service needs to commit its work once: add them to the migrations of its schema. */
export const workerMigrations: readonly Migration[] = [
  {
    name: 'worker-001',
    sql: `
      CREATE TABLE inbox (
        command_id text PRIMARY KEY,
        claim int NOT NULL,
        result text,
        claimed_at timestamptz NOT NULL DEFAULT now(),
        completed_at timestamptz
      ) WITH (fillfactor = 80);
      CREATE INDEX inbox_age ON inbox USING brin (claimed_at);
      CREATE TABLE outbox (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id text NOT NULL,
        subject text NOT NULL,
        message text NOT NULL,
        sends int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        sent_at timestamptz
      ) WITH (fillfactor = 80);
      CREATE INDEX outbox_unsent ON outbox (position) WHERE sent_at IS NULL;
      CREATE TABLE outbox_sequences (
        source text NOT NULL,
        subject text NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (source, subject)
      ) WITH (fillfactor = 50);
      CREATE TABLE dead_letters (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id text NOT NULL UNIQUE,
        service text NOT NULL,
        reason text NOT NULL,
        subject text NOT NULL,
        headers text NOT NULL,
        body bytea NOT NULL,
        error text,
        status text NOT NULL DEFAULT 'open',
        replays int NOT NULL DEFAULT 0,
        note text,
        created_at timestamptz NOT NULL DEFAULT now(),
        resolved_at timestamptz
      );
      CREATE INDEX dead_letters_open ON dead_letters (position) WHERE status = 'open';
    `,
  },
];

import type { Migration } from '../sql/migrate.js';

/**
 * Tables of an event log. `data` is text that holds JSON: Postgres then stores what was written, NUL escapes and all,
 * without parsing it. Leases are apart from partitions, so that a renewal never waits for a commit. Events are clustered by arrival, so a feed reads neighbouring pages.
 */
export const eventLogMigrations: readonly Migration[] = [
  {
    name: '001-event-log',
    sql: `
      CREATE TABLE partitions (
        id int PRIMARY KEY,
        epoch bigint NOT NULL DEFAULT 0,
        last_batch uuid,
        last_sequence bigint NOT NULL DEFAULT 0
      ) WITH (fillfactor = 20);
      CREATE TABLE leases (
        partition int PRIMARY KEY REFERENCES partitions,
        owner text,
        lease_until timestamptz
      ) WITH (fillfactor = 50);
      CREATE TABLE log_settings (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        partition_count int NOT NULL CHECK (partition_count > 0)
      );
      CREATE TABLE instances (id text PRIMARY KEY, alive_until timestamptz NOT NULL);
      CREATE TABLE events (
        id uuid NOT NULL,
        sequence bigint NOT NULL,
        partition int NOT NULL,
        version int NOT NULL,
        at timestamptz NOT NULL,
        stream text NOT NULL,
        type text NOT NULL,
        data text NOT NULL,
        UNIQUE (stream, version),
        UNIQUE (partition, sequence)
      );
      CREATE TABLE processed (
        partition int NOT NULL,
        key text NOT NULL,
        result text,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (partition, key)
      );
      CREATE INDEX processed_age ON processed USING brin (at);
      CREATE TABLE runs (
        run text PRIMARY KEY,
        partition int NOT NULL,
        stream text NOT NULL,
        status text NOT NULL,
        terminal boolean NOT NULL,
        version int NOT NULL,
        data text,
        updated_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 70);
      CREATE INDEX runs_open ON runs (partition, run) WHERE NOT terminal;
      CREATE TABLE timers (
        partition int NOT NULL,
        run text NOT NULL,
        key text NOT NULL,
        due_at timestamptz NOT NULL,
        data text,
        PRIMARY KEY (partition, run, key)
      );
      CREATE INDEX timers_due ON timers (partition, due_at);
      CREATE TABLE public_messages (
        position bigint GENERATED ALWAYS AS IDENTITY,
        partition int NOT NULL,
        id text NOT NULL,
        subject text NOT NULL,
        message text NOT NULL,
        PRIMARY KEY (partition, position)
      );
      CREATE TABLE snapshots (
        stream text NOT NULL,
        code_version text NOT NULL,
        version int NOT NULL,
        data text NOT NULL,
        digest text NOT NULL,
        PRIMARY KEY (stream, code_version)
      );
      CREATE TABLE checkpoints (
        name text NOT NULL,
        partition int NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (name, partition)
      ) WITH (fillfactor = 50);
    `,
  },
  {
    name: '002-age-of-public-messages',
    sql: `ALTER TABLE public_messages ADD COLUMN at timestamptz NOT NULL DEFAULT now()`,
  },
  {
    name: '003-lock-of-an-instance',
    sql: `ALTER TABLE instances ADD COLUMN lock_key bigint`,
  },
];

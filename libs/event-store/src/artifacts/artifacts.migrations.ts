import type { Migration } from '../sql/migrate.js';

/** The schema that every service may read and write; it belongs to this library alone. */
export const ARTIFACTS_SCHEMA = 'artifacts';

export const artifactMigrations: readonly Migration[] = [
  {
    name: '001-artifacts',
    sql: `
      CREATE TABLE chunks (
        upload uuid NOT NULL,
        n int NOT NULL,
        data bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (upload, n)
      );
      -- The content is compressed already.
      ALTER TABLE chunks ALTER COLUMN data SET STORAGE EXTERNAL;
      CREATE INDEX chunks_age ON chunks USING brin (created_at);
      CREATE TABLE artifacts (
        digest text PRIMARY KEY,
        upload uuid NOT NULL UNIQUE,
        bytes bigint NOT NULL,
        count bigint NOT NULL,
        media_type text NOT NULL,
        chunks int NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
    `,
  },
];

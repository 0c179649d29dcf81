import { analyticsMigrations } from './analytics.migrations.js';
import { bulkMigrations } from './bulk.migrations.js';

/** Tables of the gateway's read model; all of it can be rebuilt from the public events. */
export const migrations = [
  {
    name: '0001-read-model',
    sql: `
CREATE TABLE runs (
  id text PRIMARY KEY, workflow text NOT NULL, version int NOT NULL, status text NOT NULL, actor text NOT NULL,
  labels jsonb NOT NULL, input jsonb, outputs jsonb, error jsonb, started_at timestamptz NOT NULL, ended_at timestamptz);
CREATE INDEX runs_started ON runs (started_at DESC);
CREATE TABLE tasks (
  run_id text NOT NULL, task_id text NOT NULL, uses text NOT NULL, state text NOT NULL, attempt int NOT NULL,
  rank int NOT NULL, started_at timestamptz, ended_at timestamptz, reason text, worker text, error jsonb,
  first_seen timestamptz NOT NULL, PRIMARY KEY (run_id, task_id));
CREATE TABLE approvals (
  run_id text NOT NULL, task_id text NOT NULL, status text NOT NULL, view jsonb NOT NULL,
  requested_at timestamptz NOT NULL, PRIMARY KEY (run_id, task_id));
CREATE TABLE recommendations (
  run_id text NOT NULL, id text NOT NULL, check_id text NOT NULL, account_id text NOT NULL, region text NOT NULL,
  status text NOT NULL, net numeric NOT NULL, view jsonb NOT NULL, raised_at timestamptz NOT NULL,
  PRIMARY KEY (run_id, id));
CREATE INDEX recommendations_net ON recommendations (run_id, net DESC);
CREATE TABLE anomalies (
  run_id text NOT NULL, id text NOT NULL, status text NOT NULL, impact numeric NOT NULL, view jsonb NOT NULL,
  at timestamptz NOT NULL, PRIMARY KEY (run_id, id));
CREATE TABLE budgets (
  run_id text NOT NULL, id text NOT NULL, view jsonb NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (run_id, id));
CREATE TABLE actions (
  run_id text NOT NULL, id text NOT NULL, status text NOT NULL, view jsonb NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (run_id, id));
CREATE TABLE reports (run_id text PRIMARY KEY, view jsonb NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE inventory (
  run_id text NOT NULL, account_id text NOT NULL, region text NOT NULL, resources int NOT NULL,
  coverage jsonb NOT NULL, PRIMARY KEY (run_id, account_id, region));
CREATE TABLE costs (
  source text NOT NULL, page int NOT NULL, view jsonb NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (source, page));
CREATE TABLE events (
  source text NOT NULL, id text NOT NULL, type text NOT NULL, subject text, run_id text, time timestamptz NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY, data jsonb, PRIMARY KEY (source, id));
CREATE INDEX events_run ON events (run_id, position);
CREATE TABLE kept_dead_letters (
  id text PRIMARY KEY, service text NOT NULL, reason text NOT NULL, error text NOT NULL, subject text NOT NULL,
  deliveries int NOT NULL, status text NOT NULL, at timestamptz NOT NULL, headers jsonb NOT NULL, payload bytea NOT NULL);
CREATE INDEX kept_dead_letters_at ON kept_dead_letters (at DESC);
`,
  },
  {
    name: '0002-place-of-a-task',
    sql: `
ALTER TABLE tasks RENAME COLUMN rank TO place;
UPDATE tasks SET place = least(attempt, 200000000) * 10 + place;
`,
  },
  ...analyticsMigrations,
  ...bulkMigrations,
];

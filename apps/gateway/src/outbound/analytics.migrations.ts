/** Also what a rebuild makes again when somebody dropped it. */
export const ANALYTICS_TABLES = `
CREATE TABLE IF NOT EXISTS analytics_views (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL, position bigint NOT NULL DEFAULT 0,
  kept_before timestamptz NOT NULL DEFAULT 'epoch', at timestamptz NOT NULL DEFAULT now());
CREATE UNIQUE INDEX IF NOT EXISTS analytics_views_state ON analytics_views (state);
CREATE TABLE IF NOT EXISTS analytics_buckets (
  view int NOT NULL, unit text NOT NULL, by text NOT NULL, start timestamptz NOT NULL, key text NOT NULL,
  tally jsonb NOT NULL, PRIMARY KEY (view, unit, by, start, key));
CREATE TABLE IF NOT EXISTS analytics_runs (
  view int NOT NULL, run_id text NOT NULL, workflow text NOT NULL, status text NOT NULL, ended_at timestamptz NOT NULL,
  total_ms bigint NOT NULL, findings int NOT NULL, savings jsonb NOT NULL, executed jsonb NOT NULL,
  PRIMARY KEY (view, run_id));
CREATE INDEX IF NOT EXISTS analytics_runs_ended ON analytics_runs (view, ended_at DESC);
INSERT INTO analytics_views (state) VALUES ('live') ON CONFLICT (state) DO NOTHING;
`;

/** What those statements make. */
export const ANALYTICS_NAMES = [
  'analytics_views',
  'analytics_views_state',
  'analytics_buckets',
  'analytics_runs',
  'analytics_runs_ended',
];

export const analyticsMigrations = [
  {
    name: 'analytics-0001',
    sql: `CREATE INDEX IF NOT EXISTS events_position ON events (position); ${ANALYTICS_TABLES}`,
  },
];

export const bulkMigrations = [
  {
    name: 'bulk-0001',
    sql: `
CREATE TABLE bulk_operations (
  token text PRIMARY KEY, verb text NOT NULL, run_ids text[] NOT NULL, state text NOT NULL, actor text, reason text,
  at timestamptz NOT NULL DEFAULT now());
CREATE TABLE bulk_results (
  token text NOT NULL REFERENCES bulk_operations ON DELETE CASCADE, run_id text NOT NULL, ok boolean NOT NULL,
  status text, restarted_as text, error jsonb, PRIMARY KEY (token, run_id));
`,
  },
];

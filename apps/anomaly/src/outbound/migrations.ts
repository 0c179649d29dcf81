import type { Migration } from '@trimtab/event-store';

export const migrations: readonly Migration[] = [
  {
    name: 'anomaly-001-incidents',
    sql: `
      CREATE TABLE anomalies (
        id text PRIMARY KEY,
        account_id text NOT NULL,
        service text NOT NULL,
        status text NOT NULL CHECK (status IN ('open', 'closed')),
        first_day date NOT NULL,
        end_day date NOT NULL,
        impact numeric NOT NULL,
        currency text NOT NULL,
        document jsonb NOT NULL,
        run_id text NOT NULL,
        opened_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX anomalies_by_end ON anomalies (end_day);
      CREATE TABLE anomaly_changes (
        anomaly_id text NOT NULL,
        run_id text NOT NULL,
        change text NOT NULL CHECK (change IN ('opened', 'updated', 'closed')),
        document jsonb NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (anomaly_id, run_id, change)
      );`,
  },
];

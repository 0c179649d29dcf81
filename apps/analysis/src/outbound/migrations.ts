import type { Migration } from '@trimtab/event-store';

export const migrations: readonly Migration[] = [
  {
    name: 'analysis-001-recommendations',
    sql: `
      CREATE TABLE recommendations (
        id text PRIMARY KEY,
        check_id text NOT NULL,
        resource_arn text NOT NULL,
        place text NOT NULL,
        status text NOT NULL CHECK (status IN ('open', 'resolved')),
        net_per_month numeric NOT NULL,
        currency text NOT NULL,
        document jsonb NOT NULL,
        run_id text NOT NULL,
        first_raised_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX recommendations_open ON recommendations (place) WHERE status = 'open';`,
  },
];

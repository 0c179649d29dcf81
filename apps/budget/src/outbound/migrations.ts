import type { Migration } from '@trimtab/event-store';

export const migrations: readonly Migration[] = [
  {
    name: 'budget-001-ledger',
    sql: `
      CREATE TABLE budget_evaluations (
        budget_id text NOT NULL,
        period_start date NOT NULL,
        run_id text NOT NULL,
        status text NOT NULL,
        document jsonb NOT NULL,
        evaluated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (budget_id, period_start, run_id)
      );
      CREATE TABLE budget_crossings (
        budget_id text NOT NULL,
        period_start date NOT NULL,
        limit_amount numeric NOT NULL,
        kind text NOT NULL CHECK (kind IN ('actual', 'forecast')),
        threshold double precision NOT NULL,
        run_id text NOT NULL,
        told_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (budget_id, period_start, limit_amount, kind, threshold)
      );`,
  },
];

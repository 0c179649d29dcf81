import type { Migration } from '@trimtab/event-store';

export const migrations: readonly Migration[] = [
  {
    name: 'execution-001-plans',
    sql: `
      CREATE TABLE plans (
        id text PRIMARY KEY,
        run_id text NOT NULL,
        mode text NOT NULL CHECK (mode IN ('dry-run', 'live')),
        digest text NOT NULL,
        granted_by text,
        approved_by text,
        created_at timestamptz NOT NULL DEFAULT now(),
        executed_at timestamptz
      );
      CREATE TABLE actions (
        id text PRIMARY KEY,
        plan_id text NOT NULL REFERENCES plans,
        run_id text NOT NULL,
        mode text NOT NULL CHECK (mode IN ('dry-run', 'live')),
        kind text NOT NULL,
        resource_arn text NOT NULL,
        status text NOT NULL,
        claim int NOT NULL DEFAULT 0,
        action jsonb NOT NULL,
        intent jsonb,
        rollback jsonb,
        progress jsonb NOT NULL,
        log jsonb NOT NULL,
        error jsonb,
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX actions_by_plan ON actions (plan_id);
      CREATE INDEX actions_open ON actions (updated_at) WHERE status IN ('acting', 'rolling-back');`,
  },
];

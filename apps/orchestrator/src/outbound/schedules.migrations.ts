import type { Migration } from '@trimtab/event-store';

/** Tables of schedules and of what became of their nominal times. */
export const scheduleMigrations: readonly Migration[] = [
  {
    name: 'schedules-001',
    sql: `CREATE TABLE schedules (
      id text PRIMARY KEY,
      key uuid NOT NULL,
      settings text NOT NULL,
      status text NOT NULL,
      decided_until timestamptz NOT NULL,
      next_at timestamptz,
      due_at timestamptz,
      created_at timestamptz NOT NULL,
      created_by text NOT NULL,
      changed_at timestamptz NOT NULL,
      changed_by text NOT NULL,
      reason text
    );
    CREATE INDEX schedules_due ON schedules (due_at) WHERE status = 'active';
    CREATE TABLE schedule_ticks (
      run_id text PRIMARY KEY,
      schedule text NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
      nominal timestamptz NOT NULL,
      kind text NOT NULL,
      outcome text NOT NULL,
      reason text,
      error text,
      by text NOT NULL,
      cancels boolean NOT NULL DEFAULT false,
      decided_at timestamptz NOT NULL,
      started_at timestamptz,
      claimed_until timestamptz
    );
    CREATE UNIQUE INDEX schedule_ticks_once ON schedule_ticks (schedule, nominal) WHERE kind <> 'trigger';
    CREATE INDEX schedule_ticks_recent ON schedule_ticks (schedule, decided_at DESC, nominal DESC);
    CREATE INDEX schedule_ticks_waiting ON schedule_ticks (outcome) WHERE outcome IN ('starting', 'queued');
    CREATE TABLE schedule_commands (
      key text PRIMARY KEY,
      reply text NOT NULL,
      at timestamptz NOT NULL DEFAULT now()
    )`,
  },
];

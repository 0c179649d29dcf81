import type { Migration } from '@trimtab/event-store';

/** Tables of this service; forward only. Amounts are NUMERIC without scale: exact at any number of digits. */
export const migrations: readonly Migration[] = [
  {
    name: 'discovery-001-costs',
    sql: `
      CREATE TABLE cost_facts (
        origin text NOT NULL,
        source text NOT NULL,
        billing_period date,
        day date NOT NULL,
        account_id text NOT NULL,
        region text NOT NULL,
        service text NOT NULL,
        usage_type text NOT NULL,
        charge_category text NOT NULL,
        billed_cost numeric NOT NULL,
        effective_cost numeric NOT NULL,
        list_cost numeric,
        consumed_quantity numeric,
        consumed_unit text,
        currency text NOT NULL
      );
      CREATE INDEX cost_facts_by_day ON cost_facts (origin, day);
      CREATE INDEX cost_facts_by_source ON cost_facts (source, billing_period);
      CREATE TABLE cost_imports (
        import_id text PRIMARY KEY,
        digest text NOT NULL,
        requested_source text,
        period_count integer NOT NULL,
        summary jsonb NOT NULL,
        imported_at timestamptz NOT NULL
      );
      CREATE INDEX cost_imports_by_digest ON cost_imports (digest);
      CREATE TABLE bill_periods (
        source text NOT NULL,
        billing_period date NOT NULL,
        import_id text NOT NULL REFERENCES cost_imports,
        rows bigint NOT NULL,
        PRIMARY KEY (source, billing_period)
      );
    `,
  },
];

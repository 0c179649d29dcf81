import type { CostFact } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { Pool } from 'pg';

export type FactOrigin = 'cost-explorer' | 'imported';

/** A fact with the bill that it came from. */
export interface SourcedFact {
  readonly source: string;
  /** First day of the billing period; null where the source has none. */
  readonly billingPeriod: string | null;
  readonly fact: CostFact;
}

const columns = [
  ['source', 'text'],
  ['billing_period', 'date'],
  ['day', 'date'],
  ['account_id', 'text'],
  ['region', 'text'],
  ['service', 'text'],
  ['usage_type', 'text'],
  ['charge_category', 'text'],
  ['billed_cost', 'numeric'],
  ['effective_cost', 'numeric'],
  ['list_cost', 'numeric'],
  ['consumed_quantity', 'numeric'],
  ['consumed_unit', 'text'],
  ['currency', 'text'],
] as const;

const names = columns.map(([name]) => name).join(', ');
const insert = `INSERT INTO cost_facts (origin, ${names})
  SELECT $${columns.length + 1}, * FROM unnest(${columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')})`;

const valuesOf = ({ source, billingPeriod, fact }: SourcedFact): (string | null)[] => [
  source,
  billingPeriod,
  fact.day,
  fact.accountId,
  fact.region,
  fact.service,
  fact.usageType,
  fact.chargeCategory,
  fact.billedCost,
  fact.effectiveCost,
  fact.listCost,
  fact.consumedQuantity,
  fact.consumedUnit,
  fact.currency,
];

const INSERT_ROWS = 5_000;

/** Writes facts in batches as they come. */
export async function insertFacts(
  tx: Sql,
  origin: FactOrigin,
  facts: Iterable<SourcedFact> | AsyncIterable<SourcedFact>,
): Promise<void> {
  let batch: SourcedFact[] = [];
  const flush = async (): Promise<void> => {
    const rows = batch.map(valuesOf);
    const arrays = columns.map((_, column) => rows.map((row) => row[column] ?? null));
    batch = [];
    if (rows.length > 0) await tx.query(insert, [...arrays, origin]);
  };
  for await (const fact of facts) {
    batch.push(fact);
    if (batch.length >= INSERT_ROWS) await flush();
  }
  await flush();
}

/** Replaces a source's facts of the days `[start, end)`. */
export async function replaceDays(
  tx: Sql,
  source: string,
  { start, end }: { start: string; end: string },
  facts: Iterable<CostFact>,
): Promise<void> {
  await tx.query('DELETE FROM cost_facts WHERE source = $1 AND day >= $2 AND day < $3', [source, start, end]);
  const sourced = function* (): Iterable<SourcedFact> {
    for (const fact of facts) yield { source, billingPeriod: null, fact };
  };
  await insertFacts(tx, 'cost-explorer', sourced());
}

/** First and last day of the imported bills up to and including `until`, undefined when there is none. */
export async function importedDays(
  pool: Pool,
  until: string,
): Promise<{ first: string; last: string } | undefined> {
  const { rows } = await pool.query<{ first: string | null; last: string | null }>(
    `SELECT min(day)::text AS first, max(day)::text AS last FROM cost_facts WHERE origin = 'imported' AND day <= $1`,
    [until],
  );
  const [found] = rows;
  return found?.first && found.last ? { first: found.first, last: found.last } : undefined;
}

const readImported = `
  SELECT day::text, account_id AS "accountId", region, service, usage_type AS "usageType",
         charge_category AS "chargeCategory",
         trim_scale(sum(billed_cost))::text AS "billedCost", trim_scale(sum(effective_cost))::text AS "effectiveCost",
         trim_scale(sum(list_cost))::text AS "listCost", trim_scale(sum(consumed_quantity))::text AS "consumedQuantity",
         consumed_unit AS "consumedUnit", currency
  FROM cost_facts WHERE origin = 'imported' AND day >= $1 AND day <= $2
  GROUP BY day, account_id, region, service, usage_type, charge_category, consumed_unit, currency
  ORDER BY day, account_id, region, service, usage_type, charge_category, consumed_unit, currency`;

/** Imported facts of the days `first` to `last`, both included, by day; read by a cursor. */
export async function* importedFacts(pool: Pool, first: string, last: string): AsyncIterable<CostFact> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(`DECLARE facts CURSOR FOR ${readImported}`, [first, last]);
    for (;;) {
      const { rows } = await client.query<CostFact>('FETCH 5000 FROM facts');
      if (rows.length === 0) break;
      yield* rows;
    }
    await client.query('COMMIT');
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
    client.release();
  }
}

import type { CostImport } from '@trimtab/contracts';
import { withTransaction } from '@trimtab/event-store';
import type { Outbox, Sql } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { announceBills } from './announce-bills.js';
import type { SourcedFact } from './cost-facts.repository.js';
import { insertFacts } from './cost-facts.repository.js';

/** A sound bill, ready to replace what its periods held before. */
export interface NewBill {
  readonly summary: Omit<CostImport, 'billingPeriods' | 'status'>;
  /** The source that was asked for; undefined = derived from the file. */
  readonly requestedSource: string | undefined;
  readonly periods: readonly { source: string; start: string; end: string; rows: number }[];
  readonly facts: () => AsyncIterable<SourcedFact>;
}

/** Imported bills of this service; also the Nest token of them. */
export abstract class BillImports {
  /** The import of this very file, if all that it brought is still in force. */
  abstract current(digest: string, requestedSource: string | undefined): Promise<CostImport | undefined>;
  /** Puts the bill in force in one transaction: each of its (source, billing period) replaces the one before. */
  abstract store(bill: NewBill): Promise<CostImport>;
}

export class PostgresBillImports extends BillImports {
  constructor(
    private readonly pool: Pool,
    private readonly outbox: Pick<Outbox, 'add'>,
  ) {
    super();
  }

  override async current(
    digest: string,
    requestedSource: string | undefined,
  ): Promise<CostImport | undefined> {
    const { rows } = await this.pool.query<{ summary: CostImport }>(currentSql, [
      digest,
      requestedSource ?? null,
    ]);
    return rows[0]?.summary;
  }

  override store(bill: NewBill): Promise<CostImport> {
    return withTransaction(
      this.pool,
      async (tx) => {
        const stored = await storeBill(tx, bill);
        await announceBills(tx, this.outbox, stored);
        return stored;
      },
      { idleTimeoutMs: 300_000 },
    );
  }
}

const currentSql = `
  SELECT i.summary FROM cost_imports i
  WHERE i.digest = $1 AND i.requested_source IS NOT DISTINCT FROM $2
    AND (SELECT count(*) FROM bill_periods p WHERE p.import_id = i.import_id)
      = i.period_count
  LIMIT 1`;

async function storeBill(tx: Sql, bill: NewBill): Promise<CostImport> {
  // Two imports of one period at the same time would both delete and both insert.
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('costs import', 0))`);
  const replaced = new Set<string>();
  for (const { source, start } of bill.periods) {
    const { rows } = await tx.query(
      'DELETE FROM bill_periods WHERE source = $1 AND billing_period = $2 RETURNING source',
      [source, start],
    );
    if (rows.length > 0) replaced.add(start);
    await tx.query('DELETE FROM cost_facts WHERE source = $1 AND billing_period = $2', [source, start]);
  }
  await insertFacts(tx, 'imported', bill.facts());
  const stored: CostImport = {
    ...bill.summary,
    billingPeriods: byPeriod(bill, replaced),
    status: 'imported',
  };
  await record(tx, bill, stored);
  return stored;
}

async function record(tx: Sql, bill: NewBill, stored: CostImport): Promise<void> {
  await tx.query(
    `INSERT INTO cost_imports (import_id, digest, requested_source, period_count, summary, imported_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      stored.importId,
      stored.digest,
      bill.requestedSource ?? null,
      bill.periods.length,
      JSON.stringify(stored),
      stored.importedAt,
    ],
  );
  for (const { source, start, rows } of bill.periods) {
    await tx.query(
      'INSERT INTO bill_periods (source, billing_period, import_id, rows) VALUES ($1, $2, $3, $4)',
      [source, start, stored.importId, rows],
    );
  }
}

/** Periods of the whole file; one counts as replaced when any of its sources had it before. */
function byPeriod({ periods }: NewBill, replaced: ReadonlySet<string>): CostImport['billingPeriods'] {
  const merged = new Map<string, CostImport['billingPeriods'][number]>();
  for (const { start, end, rows } of periods) {
    const before = merged.get(start);
    merged.set(start, { start, end, rows: (before?.rows ?? 0) + rows, replaced: replaced.has(start) });
  }
  return [...merged.values()];
}

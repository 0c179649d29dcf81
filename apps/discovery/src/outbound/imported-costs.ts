import type { CostFact } from '@trimtab/contracts';
import type { Pool } from 'pg';
import { importedDays, importedFacts } from './cost-facts.repository.js';

/** Costs of imported bills; also the Nest token of them. */
export abstract class ImportedCosts {
  /** First and last day with costs, not after `until`; undefined when nothing was imported. */
  abstract days(until: string): Promise<{ first: string; last: string } | undefined>;
  /** Facts of the days, both included, ordered by day. */
  abstract facts(first: string, last: string): AsyncIterable<CostFact>;
}

export class PostgresImportedCosts extends ImportedCosts {
  constructor(private readonly pool: Pool) {
    super();
  }

  override days(until: string): Promise<{ first: string; last: string } | undefined> {
    return importedDays(this.pool, until);
  }

  override facts(first: string, last: string): AsyncIterable<CostFact> {
    return importedFacts(this.pool, first, last);
  }
}

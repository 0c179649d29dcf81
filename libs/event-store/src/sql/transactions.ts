import type pg from 'pg';
import { withTransaction } from './pool.js';
import type { TransactionOptions } from './pool.js';
import type { Sql } from './sql.js';

/** Runs work in a transaction; also the Nest token of it. Errors: those of `withTransaction`. */
export abstract class Transactions {
  abstract run<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result>;
}

/** Each work in a transaction of its own. */
export class PostgresTransactions extends Transactions {
  constructor(
    private readonly pool: pg.Pool,
    private readonly options: TransactionOptions = {},
  ) {
    super();
  }

  override run<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result> {
    return withTransaction(this.pool, work, this.options);
  }
}

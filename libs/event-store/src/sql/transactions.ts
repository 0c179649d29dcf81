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

interface Waiting {
  readonly work: (tx: Sql) => Promise<unknown>;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/**
 * Group commit for many small works: what is asked for while the last transaction is in flight shares the next one
 * and its fsync, each work behind a savepoint so that a failing one takes nobody along. Works run one after
 * the other and must do nothing but SQL; all of them wait for the slowest.
 */
export class GroupedTransactions extends Transactions {
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly options: TransactionOptions & {
      /** Works per transaction at most (64 unless told). */ readonly maxWorks?: number;
    } = {},
  ) {
    super();
  }

  override run<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      this.running ??= this.drain();
    });
  }

  private async drain(): Promise<void> {
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, this.options.maxWorks ?? 64);
      await this.commit(group).catch((error: unknown) => group.forEach(({ reject }) => reject(error)));
    }
    this.running = undefined;
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    const outcomes = await withTransaction(this.pool, (tx) => runAll(tx, group), this.options);
    outcomes.forEach((outcome, i) => {
      if ('error' in outcome) group[i]?.reject(outcome.error);
      else group[i]?.resolve(outcome.result as never);
    });
  }
}

async function runAll(tx: Sql, group: readonly Waiting[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { work } of group) {
    await tx.query('SAVEPOINT work');
    const outcome = await work(tx).then(
      (result): Outcome => ({ result }),
      (error: unknown): Outcome => ({ error }),
    );
    // When the connection is gone this throws, and the whole group hears of it.
    await tx.query('error' in outcome ? 'ROLLBACK TO SAVEPOINT work' : 'RELEASE SAVEPOINT work');
    outcomes.push(outcome);
  }
  return outcomes;
}

import type { Sql } from '../sql/sql.js';
import { Transactions } from '../sql/transactions.js';

/** A transaction of the in-memory twins: they note here how to undo what they did. It runs no SQL. */
export class MemoryTransaction implements Sql {
  readonly undo: (() => void)[] = [];

  query(text: string): Promise<never> {
    return Promise.reject(new Error(`the in-memory transaction runs no SQL: ${text}`));
  }
}

/** Notes an undo step when the caller's transaction is one of ours. */
export function onRollback(tx: Sql | undefined, undo: () => void): void {
  if (tx instanceof MemoryTransaction) tx.undo.push(undo);
}

/** Runs works one after the other and takes back what a failed one did to the in-memory twins. */
export class MemoryTransactions extends Transactions {
  private last: Promise<unknown> = Promise.resolve();

  override run<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result> {
    const done = this.last.then(async () => {
      const tx = new MemoryTransaction();
      try {
        return await work(tx);
      } catch (error) {
        for (const undo of tx.undo.reverse()) undo();
        throw error;
      }
    });
    this.last = done.catch(() => undefined);
    return done;
  }
}

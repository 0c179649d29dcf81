import type { BudgetStatus } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import { BudgetLedger } from '../domain/budget-ledger.js';
import type { Crossing } from '../domain/crossings.js';

/** The same promises without a database, for specs. */
export class MemoryBudgetLedger extends BudgetLedger {
  readonly evaluations = new Map<string, BudgetStatus>();
  private readonly crossings = new Map<string, Crossing>();

  override told(periods: readonly string[]): Promise<Crossing[]> {
    return Promise.resolve([...this.crossings.values()].filter(({ period }) => periods.includes(period)));
  }

  override record(
    _tx: Sql,
    runId: string,
    statuses: readonly BudgetStatus[],
    crossings: readonly Crossing[],
  ): Promise<void> {
    for (const budget of statuses) {
      const key = `${budget.id} ${budget.period.start} ${runId}`;
      if (!this.evaluations.has(key)) this.evaluations.set(key, budget);
    }
    for (const crossing of crossings) {
      const key = Object.values(crossing).join(' ');
      if (!this.crossings.has(key)) this.crossings.set(key, crossing);
    }
    return Promise.resolve();
  }
}

import type { BudgetStatus } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { Crossing } from './crossings.js';

/** What earlier runs said about the budgets. */
export abstract class BudgetLedger {
  /** Crossings that were told for periods which begin on one of these days. */
  abstract told(periods: readonly string[]): Promise<Crossing[]>;
  /** Records a run in the worker's transaction; the same run again changes nothing. */
  abstract record(
    tx: Sql,
    runId: string,
    statuses: readonly BudgetStatus[],
    crossings: readonly Crossing[],
  ): Promise<void>;
}

import type { BudgetStatus } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { BudgetLedger } from '../domain/budget-ledger.js';
import type { Crossing } from '../domain/crossings.js';

export class PostgresBudgetLedger extends BudgetLedger {
  constructor(private readonly pool: Pool) {
    super();
  }

  override async told(periods: readonly string[]): Promise<Crossing[]> {
    const { rows } = await this.pool.query<Crossing>(
      `SELECT budget_id AS "budgetId", period_start::text AS period, limit_amount::text AS limit, kind, threshold
       FROM budget_crossings WHERE period_start = ANY($1::date[]) ORDER BY told_at, threshold`,
      [periods],
    );
    return rows;
  }

  override async record(
    tx: Sql,
    runId: string,
    statuses: readonly BudgetStatus[],
    crossings: readonly Crossing[],
  ): Promise<void> {
    for (const budget of statuses) {
      await tx.query(
        `INSERT INTO budget_evaluations (budget_id, period_start, run_id, status, document)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [budget.id, budget.period.start, runId, budget.status, JSON.stringify(budget)],
      );
    }
    for (const { budgetId, period, limit, kind, threshold } of crossings) {
      await tx.query(
        `INSERT INTO budget_crossings (budget_id, period_start, limit_amount, kind, threshold, run_id)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
        [budgetId, period, limit, kind, threshold, runId],
      );
    }
  }
}

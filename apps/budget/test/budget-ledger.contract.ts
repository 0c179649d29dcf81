import { beforeEach, describe, expect, it } from '@jest/globals';
import { BudgetSettings } from '@trimtab/contracts';
import type { BudgetStatus } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { BudgetLedger } from '../src/domain/budget-ledger.js';
import type { Crossing } from '../src/domain/crossings.js';
import { evaluateBudget } from '../src/domain/evaluate.js';
import { bill } from './bill.js';

export interface OpenLedger {
  readonly ledger: BudgetLedger;
  /** Runs in one transaction that commits. */
  readonly commit: (work: (tx: Sql) => Promise<void>) => Promise<void>;
}

export const crossing = (given: Partial<Crossing> = {}): Crossing => ({
  budgetId: 'company',
  period: '2026-11-01',
  limit: '1000.50',
  kind: 'actual',
  threshold: 80,
  ...given,
});

export const statuses = (): BudgetStatus[] =>
  evaluateBudget(
    BudgetSettings.parse({ name: 'company', currency: 'USD', monthlyLimit: '4000' }),
    bill('2026-11-20'),
    '2026-11-20T00:00:00Z',
  );

/** What every adapter of the port promises. */
export function budgetLedgerContract(name: string, open: () => Promise<OpenLedger>): void {
  describe(name, () => {
    let given: OpenLedger;
    beforeEach(async () => {
      given = await open();
    });
    const record = (runId: string, crossings: Crossing[]) =>
      given.commit((tx) => given.ledger.record(tx, runId, statuses(), crossings));

    it('gives back what was told in a period, exactly', async () => {
      const told = [crossing(), crossing({ kind: 'forecast', threshold: 100 })];
      await record('run-1', told);
      expect(await given.ledger.told(['2026-11-01'])).toEqual(told);
    });

    it('says nothing of other periods', async () => {
      await record('run-1', [crossing()]);
      expect(await given.ledger.told(['2026-12-01'])).toEqual([]);
    });

    it('records a crossing once, whoever records it', async () => {
      await record('run-1', [crossing()]);
      await record('run-1', [crossing()]);
      await record('run-2', [crossing()]);
      expect(await given.ledger.told(['2026-11-01', '2026-12-01'])).toEqual([crossing()]);
    });
  });
}

import type { BudgetStatus } from '@trimtab/contracts';
import { compareMoney } from '@trimtab/kernel';

/** A budget passed a mark in a period: told once per period, mark and limit. */
export interface Crossing {
  readonly budgetId: string;
  /** First day of the period. */
  readonly period: string;
  /** Decimal text of the limit: a changed limit is a new mark. */
  readonly limit: string;
  readonly kind: 'actual' | 'forecast';
  /** Percent of the limit. */
  readonly threshold: number;
}

export interface CrossingNews {
  readonly budget: BudgetStatus;
  readonly crossing: Crossing;
}

const FORECAST_THRESHOLD = 100;

/** The marks that are passed now and were not told before: the highest actual one, and the forecast over 100 %. */
export function newCrossings(statuses: readonly BudgetStatus[], told: readonly Crossing[]): CrossingNews[] {
  return statuses
    .flatMap((budget) => crossingsOf(budget).map((crossing) => ({ budget, crossing })))
    .filter(({ crossing }) => !told.some((earlier) => covers(earlier, crossing)));
}

function crossingsOf(budget: BudgetStatus): Crossing[] {
  const { id, period, limit, crossed, forecast } = budget;
  if (!limit) return [];
  const mark = { budgetId: id, period: period.start, limit: limit.amount };
  const actual: Crossing[] = crossed === null ? [] : [{ ...mark, kind: 'actual', threshold: crossed }];
  if (compareMoney(forecast, limit) <= 0) return actual;
  return [...actual, { ...mark, kind: 'forecast', threshold: FORECAST_THRESHOLD }];
}

/** A higher mark that was told covers the lower ones: restated costs do not repeat them. */
const covers = (earlier: Crossing, now: Crossing): boolean =>
  earlier.budgetId === now.budgetId &&
  earlier.period === now.period &&
  earlier.limit === now.limit &&
  earlier.kind === now.kind &&
  earlier.threshold >= now.threshold;

import type { Anomaly, BudgetStatus } from '@trimtab/contracts';
import { DAY_MS, formatMoney, utcDay } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import type { Summary } from './summary.js';

/** Sentences that every format shares. */
export const percent = (share: number | null): string =>
  share === null ? '–' : `${(share * 100).toFixed(1)} %`;

export const signed = (amount: Money): string =>
  (amount.amount.startsWith('-') ? '' : '+') + formatMoney(amount);

export const causeOf = ({ cause }: Anomaly): string => {
  const main = cause[0];
  if (!main) return 'no single cause';
  const where = Object.entries(main.dimensions).map(([name, value]) => `${name} ${value}`);
  return `${where.join(', ')} (${percent(main.share)} of it)`;
};

/** Days from first to last; a period's end is exclusive. */
export function periodOf({ period }: Anomaly): string {
  const last = utcDay(new Date(Date.parse(period.end) - DAY_MS));
  return last === period.start ? last : `${period.start} to ${last}`;
}

export const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

const STATUS: Readonly<Record<BudgetStatus['status'], string>> = {
  ok: 'on track',
  warning: 'close to its limit',
  'forecast-exceeded': 'will exceed its limit',
  exceeded: 'over its limit',
  'no-limit': 'without limit',
};
export const budgetWord = ({ status }: BudgetStatus): string => STATUS[status];

/** What to decide, as sentences. */
export function decisionTexts({ decisions, plan, anomalies, budgets, coverage, runId }: Summary): string[] {
  return decisions.flatMap((decision) => {
    const [kind = '', ...rest] = decision.split(':');
    const id = rest.join(':');
    const anomaly = anomalies.find((one) => one.id === id);
    const budget = budgets.find((one) => one.id === id);
    if (kind === 'approve-plan' && plan) {
      return [
        `Carry out ${plan.actions} actions that save ${formatMoney(plan.monthlySavings)} a month: trimtab run --live.`,
      ];
    }
    if (kind === 'anomaly' && anomaly) {
      return [
        `Look at ${anomaly.scope.service} in ${anomaly.scope.accountId}: ${formatMoney(anomaly.impact)} more than expected because of ${causeOf(anomaly)}.`,
      ];
    }
    if (kind === 'budget' && budget?.limit) {
      return [
        `Budget ${budget.name} ${budgetWord(budget)}: ${formatMoney(budget.forecast)} expected of ${formatMoney(budget.limit)}.`,
      ];
    }
    return kind === 'coverage'
      ? [
          `Give access to ${coverage.incomplete.length} scopes that could not be read: trimtab doctor (run ${runId}).`,
        ]
      : [];
  });
}

import type { Anomaly, BudgetStatus, Evidence, Recommendation } from '@trimtab/contracts';
import { DAY_MS, formatMoney, utcDay } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import type { Summary } from './summary.js';

/** Sentences that every format shares. */
export const percent = (share: number | null): string =>
  share === null ? '–' : `${(share * 100).toFixed(1)} %`;

export const signed = (amount: Money): string =>
  (amount.amount.startsWith('-') ? '' : '+') + formatMoney(amount);

/** What explains an anomaly, without what its scope says already. */
export function causeOf({ scope, cause }: Anomaly): string {
  const main = cause[0];
  if (!main) return 'no single cause';
  const known = new Set<string>([scope.accountId, scope.service]);
  const where = Object.values(main.dimensions).filter((value) => !known.has(value));
  return `${where.join(' / ') || 'all of it'} (${percent(main.share)} of it)`;
}

export const kindWord: Readonly<Record<Anomaly['kind'], string>> = {
  spike: 'spike',
  'level-shift': 'new level',
  drift: 'slow rise',
  'first-seen': 'new spend',
};

export const riskWord: Readonly<Record<Recommendation['risk'], string>> = {
  L: 'low',
  M: 'medium',
  H: 'high',
  X: 'advice',
};

export const riskMeaning: Readonly<Record<Recommendation['risk'], string>> = {
  L: 'Low: reversible in place',
  M: 'Medium: restart or latency',
  H: 'High: data or address may be lost',
  X: 'Advice only',
};

/** A fact as a line: what was measured, against which threshold, on how much data. */
export function evidence({ name, value, unit, threshold, datapoints }: Evidence): string {
  const measured = `${name}: ${value}${unit && unit !== 'Count' ? ` ${unit}` : ''}`;
  const limit = threshold === undefined ? '' : ` (threshold ${threshold})`;
  const data = datapoints ? `, ${datapoints.present} of ${datapoints.expected} datapoints` : '';
  return measured + limit + data;
}

/** Days from first to last; a period's end is exclusive. */
export function periodOf({ period }: { readonly period: Anomaly['period'] }): string {
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
        `Carry out ${plan.actions} actions that save ${formatMoney(plan.monthlySavings)} a month: \`trimtab run --live\`.`,
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
          `Give access to ${coverage.incomplete.length} scopes that could not be read: \`trimtab doctor\` (run ${runId}).`,
        ]
      : [];
  });
}

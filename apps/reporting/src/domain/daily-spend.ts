import type { CostFact } from '@trimtab/contracts';
import { DAY_MS, subtractMoney, sumMoney, utcDay } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';

export interface DailySpend {
  readonly days: readonly { readonly day: string; readonly cost: Money }[];
  readonly last30: Money;
  readonly previous30: Money;
  readonly change: Money;
  /** Effective cost of the last 30 days by service, largest first. */
  readonly byService: readonly { readonly service: string; readonly cost: Money }[];
}

const MONTH = 30;
const SHOWN_DAYS = 90;

const total = (facts: readonly CostFact[], currency: string): Money =>
  sumMoney(
    facts.map((fact) => ({ amount: fact.effectiveCost, currency: fact.currency })),
    currency,
  );

/** Effective cost per day and month in one currency; undefined without facts. Exact sums. */
export function dailySpend(facts: readonly CostFact[]): DailySpend | undefined {
  const currency = facts[0]?.currency;
  if (currency === undefined) return undefined;
  const own = facts.filter((fact) => fact.currency === currency);
  const lastDay = own.reduce((last, fact) => (fact.day > last ? fact.day : last), '');
  const daysBack = (count: number): string => utcDay(new Date(Date.parse(lastDay) - count * DAY_MS));
  const between = (from: string, to: string): CostFact[] =>
    own.filter((fact) => fact.day > from && fact.day <= to);
  const recent = between(daysBack(MONTH), lastDay);
  const last30 = total(recent, currency);
  const previous30 = total(between(daysBack(2 * MONTH), daysBack(MONTH)), currency);
  const shown = grouped(between(daysBack(SHOWN_DAYS), lastDay), (fact) => fact.day, currency);
  const services = grouped(recent, (fact) => fact.service, currency);
  return {
    days: shown.map(([day, cost]) => ({ day, cost })).sort((a, b) => (a.day < b.day ? -1 : 1)),
    last30,
    previous30,
    change: subtractMoney(last30, previous30),
    byService: services
      .map(([service, cost]) => ({ service, cost }))
      .sort((a, b) => Number(b.cost.amount) - Number(a.cost.amount)),
  };
}

function grouped(
  facts: readonly CostFact[],
  keyOf: (fact: CostFact) => string,
  currency: string,
): [string, Money][] {
  const groups = new Map<string, CostFact[]>();
  for (const fact of facts) {
    const key = keyOf(fact);
    const group = groups.get(key);
    if (group) group.push(fact);
    else groups.set(key, [fact]);
  }
  return [...groups].map(([key, group]) => [key, total(group, currency)]);
}

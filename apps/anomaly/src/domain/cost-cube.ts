import type { CostFact } from '@trimtab/contracts';
import { addDays, daysBetween, median } from '@trimtab/timeseries';

/** What one (region, usage type) of a scope cost per day: floats for statistics, facts for exact sums. */
export interface CubeLeaf {
  readonly region: string;
  readonly usageType: string;
  readonly costs: Float64Array;
  /** Consumed quantity per day; undefined when a fact has none or units differ. */
  readonly quantities: Float64Array | undefined;
  readonly facts: readonly CostFact[];
}

/** One account's use of one service in one currency. */
export interface CubeScope {
  readonly accountId: string;
  readonly service: string;
  readonly currency: string;
  readonly costs: Float64Array;
  readonly leaves: readonly CubeLeaf[];
}

/** Daily effective cost of usage charges over a gapless range of complete days. */
export interface CostCube {
  readonly firstDay: string;
  readonly days: number;
  readonly scopes: readonly CubeScope[];
}

/**
 * Usage charges by (account, service) and (region, usage type); a day without a fact cost nothing. Fees, taxes,
 * credits and adjustments come in lumps that are no anomaly and stay out. Days from `asOf` on, and last days that
 * the provider has not finished yet, stay out too.
 */
export function costCube(facts: readonly CostFact[], asOf: string): CostCube {
  const usage = facts.filter((fact) => fact.chargeCategory === 'Usage' && fact.day < asOf.slice(0, 10));
  const first = usage.reduce(
    (day, fact) => (fact.day < day ? fact.day : day),
    usage[0]?.day ?? asOf.slice(0, 10),
  );
  const last = usage.reduce((day, fact) => (fact.day > day ? fact.day : day), first);
  const seen = calendarOf(first, usage.length === 0 ? 0 : daysBetween(first, last) + 1);
  const days = completeDays(totals(usage, seen));
  const calendar = calendarOf(first, days);
  const complete = usage.filter((fact) => calendar.has(fact.day));
  const scopes = groupBy(complete, (fact) => [fact.accountId, fact.service, fact.currency]);
  return { firstDay: first, days, scopes: scopes.map((members) => scopeOf(members, calendar)) };
}

/** Index of each day. */
type Calendar = ReadonlyMap<string, number>;

const calendarOf = (first: string, days: number): Calendar =>
  new Map(Array.from({ length: days }, (_, i) => [addDays(first, i), i]));

const LATE_DAYS = 2;
const LATE_SHARE = 0.5;

/** Bills restate for days: a last day below half of its weekday's usual total is not complete. */
function completeDays(daily: Float64Array): number {
  let days = daily.length;
  while (days > 28 && daily.length - days < LATE_DAYS) {
    const sameWeekday = [7, 14, 21, 28].map((back) => daily[days - 1 - back] ?? 0);
    if ((daily[days - 1] ?? 0) >= LATE_SHARE * median(sameWeekday)) break;
    days -= 1;
  }
  return days;
}

function scopeOf(facts: readonly CostFact[], calendar: Calendar): CubeScope {
  const [{ accountId, service, currency } = { accountId: '', service: '', currency: '' }] = facts;
  const leaves = groupBy(facts, (fact) => [fact.region, fact.usageType]).map((members) => ({
    region: members[0]?.region ?? '',
    usageType: members[0]?.usageType ?? '',
    costs: totals(members, calendar),
    quantities: quantities(members, calendar),
    facts: members,
  }));
  return { accountId, service, currency, costs: totals(facts, calendar), leaves };
}

function totals(facts: readonly CostFact[], calendar: Calendar): Float64Array {
  return perDay(facts, calendar, (fact) => Number(fact.effectiveCost));
}

function quantities(facts: readonly CostFact[], calendar: Calendar): Float64Array | undefined {
  const unit = facts[0]?.consumedUnit;
  const known = facts.every((fact) => fact.consumedQuantity !== null && fact.consumedUnit === unit);
  return known ? perDay(facts, calendar, (fact) => Number(fact.consumedQuantity)) : undefined;
}

function perDay(
  facts: readonly CostFact[],
  calendar: Calendar,
  value: (fact: CostFact) => number,
): Float64Array {
  const sums = new Float64Array(calendar.size);
  for (const fact of facts) {
    const day = calendar.get(fact.day) ?? 0;
    sums[day] = (sums[day] ?? 0) + value(fact);
  }
  return sums;
}

function groupBy(facts: readonly CostFact[], key: (fact: CostFact) => readonly string[]): CostFact[][] {
  const groups = new Map<string, CostFact[]>();
  for (const fact of facts) {
    const name = key(fact).join('\u0000');
    const group = groups.get(name);
    if (group) group.push(fact);
    else groups.set(name, [fact]);
  }
  return [...groups.values()];
}

import type { CostFact } from '@trimtab/contracts';
import { addDays, daysBetween, forecast, sum } from '@trimtab/timeseries';
import type { Month } from './month.js';

/** What is still to come until the end of the month, beyond the costs that are known; in the budget's currency. */
export interface Outlook {
  readonly rest: number;
  readonly low: number;
  readonly high: number;
  /** Simulated rests, ascending. */
  readonly rests: Float64Array;
}

/** Costs of the next days, one number each: as expected, and what they stay above and below with 90 % probability each. */
export interface DailyForecast {
  readonly expected: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export type ForecastEngine = (history: readonly number[], horizon: number) => DailyForecast;

const LEVEL = 0.8;
const MONTHS_OF_CHARGES = 3;

/**
 * Forecast of the days from the first incomplete one to the month's end, less what those days cost already, plus the
 * charges other than usage that earlier months brought after this day of the month.
 */
export function outlook(facts: readonly CostFact[], month: Month, engine?: ForecastEngine): Outlook {
  const history = usagePerDay(facts, month.firstDay, month.openDay);
  const begun = sum(usagePerDay(facts, maxDay(month.openDay, month.start), month.end));
  const charges = expectedCharges(facts, month);
  const horizon = daysBetween(month.openDay, month.end);
  const skip = Math.max(0, daysBetween(month.openDay, month.start));
  const toCome = (total: number): number => Math.max(0, total - begun) + charges;
  if (history.length < 2 || horizon <= 0)
    return certain(toCome((history[0] ?? 0) * Math.max(0, horizon - skip)));
  if (engine) return spread(engine(Array.from(history), horizon), (days) => toCome(sum(days.slice(skip))));
  const { total, totals } = forecast(history, horizon, { levels: [LEVEL], skip });
  const [interval] = total.intervals;
  const rest = toCome(total.mean);
  return {
    rest,
    low: Math.min(rest, toCome(interval?.lower ?? total.mean)),
    high: Math.max(rest, toCome(interval?.upper ?? total.mean)),
    rests: totals.map(toCome),
  };
}

const certain = (rest: number): Outlook => ({ rest, low: rest, high: rest, rests: Float64Array.of(rest) });

const QUANTILES = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);

/** Bounds of days add up as if all days went the same way; between the quantiles 10, 50 and 90 % it is a straight line. */
function spread({ expected, low, high }: DailyForecast, total: (days: readonly number[]) => number): Outlook {
  const rest = total(expected);
  const [least, most] = [Math.min(rest, total(low)), Math.max(rest, total(high))];
  const at = (p: number): number =>
    p < 0.5 ? rest - ((rest - least) * (0.5 - p)) / 0.4 : rest + ((most - rest) * (p - 0.5)) / 0.4;
  return { rest, low: least, high: most, rests: Float64Array.from(QUANTILES, at) };
}

const maxDay = (a: string, b: string): string => (a > b ? a : b);

/** Effective cost of usage per day, `from` inclusive to `until` exclusive, from the first day that cost anything. */
function usagePerDay(facts: readonly CostFact[], from: string, until: string): Float64Array {
  const daily = new Float64Array(Math.max(0, daysBetween(from, until)));
  for (const fact of facts) {
    if (fact.chargeCategory !== 'Usage' || fact.day < from || fact.day >= until) continue;
    const day = daysBetween(from, fact.day);
    daily[day] = (daily[day] ?? 0) + Number(fact.effectiveCost);
  }
  const first = daily.findIndex((cost) => cost !== 0);
  return first < 0 ? daily : daily.subarray(first);
}

/** Fees, taxes and credits fall on certain days: the mean of what earlier months brought after this day of month. */
function expectedCharges(facts: readonly CostFact[], month: Month): number {
  const day = maxDay(month.openDay, month.start).slice(8);
  const months = new Set(facts.map((fact) => fact.day.slice(0, 7)).filter((name) => isWhole(name, month)));
  const recent = [...months].sort().slice(-MONTHS_OF_CHARGES);
  const later = facts.filter(
    (fact) =>
      fact.chargeCategory !== 'Usage' && recent.includes(fact.day.slice(0, 7)) && fact.day.slice(8) > day,
  );
  return recent.length === 0 ? 0 : sum(later.map((fact) => Number(fact.effectiveCost))) / recent.length;
}

const isWhole = (name: string, month: Month): boolean =>
  `${name}-01` >= month.firstDay && addDays(`${name}-01`, 31) <= addDays(month.start, 3);

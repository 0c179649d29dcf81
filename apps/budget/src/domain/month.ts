import type { CostFact } from '@trimtab/contracts';
import { addDays, daysBetween, median } from '@trimtab/timeseries';

/** The calendar month that a moment lies in, and how far the bill has come in it. */
export interface Month {
  readonly start: string;
  /** First day of the next month. */
  readonly end: string;
  readonly days: number;
  /** First day of the cost history. */
  readonly firstDay: string;
  /** First day that is not complete: today, or earlier when the bill is late. */
  readonly openDay: string;
  /** Complete days of this month, 0 … `days`. */
  readonly elapsed: number;
}

const LATE_DAYS = 2;
const LATE_SHARE = 0.5;

/** Month of `asOf`. Today, and up to two last days below half of their weekday's usual total, are not complete. */
export function monthOf(asOf: string, facts: readonly CostFact[]): Month {
  const today = asOf.slice(0, 10);
  const start = `${today.slice(0, 7)}-01`;
  const end = `${addDays(start, 31).slice(0, 7)}-01`;
  const daily = new Map<string, number>();
  for (const fact of facts) {
    if (fact.day >= today || fact.chargeCategory !== 'Usage') continue;
    daily.set(fact.day, (daily.get(fact.day) ?? 0) + Number(fact.effectiveCost));
  }
  const known = [...daily.keys()].sort();
  const firstDay = known[0] ?? start;
  const openDay = addDays(lastComplete(daily, known), 1);
  return {
    start,
    end,
    days: daysBetween(start, end),
    firstDay,
    openDay: known.length === 0 ? start : openDay,
    elapsed: known.length === 0 ? 0 : Math.max(0, daysBetween(start, openDay)),
  };
}

function lastComplete(daily: ReadonlyMap<string, number>, known: readonly string[]): string {
  let last = known.at(-1) ?? '1970-01-01';
  for (let late = 0; late < LATE_DAYS && known.length > 28; late += 1) {
    const usual = median([7, 14, 21, 28].map((back) => daily.get(addDays(last, -back)) ?? 0));
    if ((daily.get(last) ?? 0) >= LATE_SHARE * usual) break;
    last = addDays(last, -1);
  }
  return last;
}

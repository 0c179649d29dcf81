import { addDays } from './daily-series.js';

/** Excess over the expectation that each day was found with; 0 on normal days. In the unit of the series. */
export interface Excess {
  readonly start: string;
  readonly byDay: Float64Array;
  /** Whether the day cost next to nothing. */
  readonly idle: (index: number) => boolean;
}

const SIMILAR_CHARGE = 1.5;
const SIMILAR_BURST = 2;
const BURST_DAYS = 60;
const IDLE_SHARE = 0.3;
const BURSTS = 2;

/** Charges that come once a month, and bursts of a series that is idle in between, are habits and no news. */
export function isHabit(excess: Excess, first: number, last: number): boolean {
  let peak = first;
  for (let t = first; t <= last; t += 1) if ((excess.byDay[t] ?? 0) > (excess.byDay[peak] ?? 0)) peak = t;
  return isMonthly(excess, peak) || isBurst(excess, first, excess.byDay[peak] ?? 0);
}

/** The same day of the month before (its last day for a longer month) had an excess of this order. */
function isMonthly({ start, byDay }: Excess, t: number): boolean {
  const day = addDays(start, t);
  const lastOfMonthBefore = addDays(`${day.slice(0, 7)}-01`, -1);
  const back = Math.max(Number(day.slice(8)), Number(lastOfMonthBefore.slice(8)));
  const before = byDay[t - back] ?? 0;
  return before > 0 && (byDay[t] ?? 0) <= SIMILAR_CHARGE * before;
}

/** Idle on 30 % of the days before, and at least two excesses of this order within 60 days. */
function isBurst({ byDay, idle }: Excess, first: number, size: number): boolean {
  const from = Math.max(0, first - BURST_DAYS);
  let idleDays = 0;
  let bursts = 0;
  for (let t = from; t < first; t += 1) {
    if (idle(t)) idleDays += 1;
    if (size <= SIMILAR_BURST * (byDay[t] ?? 0)) bursts += 1;
  }
  return bursts >= BURSTS && idleDays >= IDLE_SHARE * (first - from);
}

import { seasonalFactors } from './seasonality.js';
import { median, theilSenSlope } from './statistics.js';

/** What a day is expected to be, learnt from the days before it; all in the logarithm of the value. */
export interface Baseline {
  /** First index that the baseline predicts. */
  readonly at: number;
  readonly level: number;
  /** Change per day at `at`; it fades by `TREND_DAMPING` a day. */
  readonly slope: number;
  /** By index modulo 7. */
  readonly season: Float64Array;
}

const WEEK = 7;
const SEASON_DAYS = 8 * WEEK;
const LEVEL_DAYS = 2 * WEEK;
const TREND_DAYS = 4 * WEEK;
const TREND_LIMIT = 0.015;
const TREND_DAMPING = 0.9;

/**
 * The baseline for index `at` from the indices before it: weekday season of the last 8 weeks, level as the median
 * of the last 14 deseasonalised days, trend as their Theil–Sen slope over 28 days, at most ±1.5 % a day.
 * `from` is the first index of the present level, so that an accepted level shift is not averaged away.
 */
export function baselineAt(logs: Float64Array, at: number, from = 0): Baseline {
  const season = alignedSeason(logs, at);
  const adjusted = (days: number): Float64Array => {
    const first = Math.max(from, at - days, 0);
    return logs.slice(first, at).map((value, i) => value - (season[(first + i) % WEEK] ?? 0));
  };
  const recent = adjusted(LEVEL_DAYS);
  const trendDays = adjusted(TREND_DAYS);
  const raw = trendDays.length >= LEVEL_DAYS ? theilSenSlope(trendDays) : 0;
  const slope = Math.min(TREND_LIMIT, Math.max(-TREND_LIMIT, raw));
  const centre =
    recent.length === 0 ? 0 : median(recent.map((value, i) => value + slope * (recent.length - i)));
  return { at, level: centre, slope, season };
}

/** Expected logarithm at index `t ≥ baseline.at`. */
export function expectedLog(baseline: Baseline, t: number): number {
  const steps = t - baseline.at;
  const faded = (1 - TREND_DAMPING ** steps) / (1 - TREND_DAMPING);
  return baseline.level + baseline.slope * faded + (baseline.season[t % WEEK] ?? 0);
}

function alignedSeason(logs: Float64Array, at: number): Float64Array {
  const first = Math.max(0, at - SEASON_DAYS);
  const factors = seasonalFactors(logs.subarray(first, at), WEEK);
  return Float64Array.from(factors, (_, phase) => factors[(phase - (first % WEEK) + WEEK) % WEEK] ?? 0);
}

/** Logarithm that bears zeros: log(value + offset), offset in the unit of the values. */
export const toLog = (value: number, offset: number): number => Math.log(Math.max(0, value) + offset);

/** Inverse of `toLog`, never negative. */
export const fromLog = (log: number, offset: number): number => Math.max(0, Math.exp(log) - offset);

import type { DetectionOptions } from './detection-options.js';
import { median, theilSenSlope } from './statistics.js';

const WEEK = 7;
const GAP = 14;
const PAST_DAYS = 21;
const MIN_PAST = 14;
const GROWTH_DAYS = 84;

/**
 * Whether the last 7 days lie above the level 3–6 weeks before by more than growth and noise explain.
 * A moving one-day baseline follows a slow rise and never sees it; this comparison does. Growth that went on
 * before that time (Theil–Sen over the 12 weeks before the gap) counts as normal.
 */
export function isDrifting(
  clean: Float64Array,
  t: number,
  season: Float64Array,
  sigma: number,
  context: { readonly options: DetectionOptions; readonly start: number },
): boolean {
  const adjusted = (from: number, to: number): Float64Array => {
    const first = Math.max(context.start, from);
    return clean
      .slice(first, Math.max(first, to))
      .map((value, i) => value - (season[(first + i) % WEEK] ?? 0));
  };
  const end = t + 1;
  const past = adjusted(end - WEEK - GAP - PAST_DAYS, end - WEEK - GAP);
  if (past.length < MIN_PAST) return false;
  const rise = median(adjusted(end - WEEK, end)) - median(past);
  const noise = 1.2533 * sigma * Math.sqrt(1 / WEEK + 1 / past.length);
  const least = Math.max(context.options.z * noise, Math.log1p(context.options.driftShare));
  if (rise < least) return false;
  const before = adjusted(end - WEEK - GAP - GROWTH_DAYS, end - WEEK - GAP);
  const growth = before.length >= 2 * PAST_DAYS ? Math.max(0, theilSenSlope(before)) : 0;
  return rise - growth * (GAP + WEEK / 2 + past.length / 2) >= least;
}

export interface Hinge {
  /** First index of the rise. */
  readonly start: number;
  /** Mean absolute error of a level that turns into a ramp at `start`. */
  readonly rampError: number;
  /** Mean absolute error of the best step. */
  readonly stepError: number;
  readonly stepStart: number;
}

/** Best turning point of `values` (deseasonalised logs): level then ramp, against level then step, by L1 error. */
export function fitHinge(values: Float64Array, minSide = 5): Hinge {
  let best: Hinge = { start: 0, rampError: Infinity, stepError: Infinity, stepStart: 0 };
  for (let at = minSide; at <= values.length - minSide; at += 1) {
    const level = median(values.subarray(0, at));
    const after = values.subarray(at);
    const rates = after.map((value, i) => (value - level) / (i + 1));
    const rate = median(rates);
    const top = median(after);
    const before = absoluteError(values.subarray(0, at), () => level);
    const ramp = (before + absoluteError(after, (i) => level + rate * (i + 1))) / values.length;
    const step = (before + absoluteError(after, () => top)) / values.length;
    if (ramp < best.rampError) best = { ...best, start: at, rampError: ramp };
    if (step < best.stepError) best = { ...best, stepStart: at, stepError: step };
  }
  return best;
}

function absoluteError(values: Float64Array, model: (index: number) => number): number {
  return values.reduce((total, value, i) => total + Math.abs(value - model(i)), 0);
}

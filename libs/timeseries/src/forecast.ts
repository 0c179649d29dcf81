import { AppError } from '@trimtab/kernel';
import type { Backtest, Origins } from './backtest.js';
import { backtest, rollingOrigins } from './backtest.js';
import { forecastModels, runRate } from './forecast-models.js';
import type { Random } from './random.js';
import { seededRandom } from './random.js';
import { runningMedian, seasonalFactors } from './seasonality.js';
import { median, quantileOfSorted, residualScale, sum } from './statistics.js';

export interface ForecastOptions {
  /** Length of the season in steps; 7 for days. */
  readonly season: number;
  /** Coverage of the intervals, each in 0..1. */
  readonly levels: readonly number[];
  /** Leading steps that are predicted but not part of the total, for example days of the month before. */
  readonly skip: number;
  /** Number of bootstrapped paths. */
  readonly paths: number;
  /** Seed of the bootstrap: the same input gives the same answer. */
  readonly seed: number;
}

export interface Interval {
  readonly level: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Forecast {
  readonly model: string;
  /** Expected value of each step. */
  readonly mean: readonly number[];
  /** One list per requested level, step by step. */
  readonly intervals: readonly { readonly level: number; readonly steps: readonly Interval[] }[];
  readonly total: { readonly mean: number; readonly intervals: readonly Interval[] };
  /** Totals of the simulated paths, ascending: `probabilityAbove` reads them. */
  readonly totals: Float64Array;
  readonly backtest: {
    readonly origins: number;
    readonly horizon: number;
    readonly wape: number;
    readonly totalError: number;
    /** Share of past actual values inside intervals made from the origins before; `undefined` with fewer than 6 origins. */
    readonly coverage: number | undefined;
    readonly candidates: readonly {
      readonly model: string;
      readonly wape: number;
      readonly totalError: number;
    }[];
  };
}

const defaults: ForecastOptions = { season: 7, levels: [0.8, 0.95], skip: 0, paths: 1000, seed: 1 };

/**
 * The next `horizon` steps. The model is chosen by a rolling-origin back-test (daily WAPE + error of the total,
 * because a budget needs the total); intervals come from paths of its own back-test errors, so that errors which
 * persist over days widen the total as they should. Series without negative values are never forecast below zero.
 * Throws `timeseries.too-short` for fewer than two values.
 */
export function forecast(
  values: ArrayLike<number>,
  horizon: number,
  options: Partial<ForecastOptions> = {},
): Forecast {
  const settings = { ...defaults, ...options };
  if (values.length < 2) {
    throw new AppError('timeseries.too-short', 'A forecast needs at least two values of history.');
  }
  const actual = Float64Array.from(values);
  const history = clipOutliers(actual, settings.season);
  const origins = rollingOrigins(actual.length, horizon, settings.season);
  const candidates = usableModels(actual.length, settings.season).map((model) =>
    backtest(model, history, actual, origins, settings.season),
  );
  const best = candidates.reduce((a, b) => (b.wape + b.totalError < a.wape + a.totalError - 1e-12 ? b : a));
  const floor = actual.some((value) => value < 0) ? -Infinity : 0;
  const mean = best.model.predict(history, horizon, settings.season).map((value) => Math.max(floor, value));
  const paths = simulate(mean, best, origins, floor, settings);
  return {
    ...summary(mean, paths, settings),
    backtest: report(best, candidates, origins),
    model: best.model.name,
  };
}

/** Share of simulated totals above `threshold`, between 1/(n+1) and n/(n+1): a bootstrap proves no certainty. */
export function probabilityAbove(totals: Float64Array, threshold: number): number {
  const above = totals.reduce((count, total) => count + (total > threshold ? 1 : 0), 0);
  return (above + 0.5) / (totals.length + 1);
}

/** With less than two seasons of history only the run rate is defined. */
const usableModels = (length: number, season: number) => (length < 3 * season ? [runRate] : forecastModels);

/** Values further than 4 sigma (at least 5 % of the level each) from season + local median move to that border. */
export function clipOutliers(values: Float64Array, season: number): Float64Array {
  if (values.length < 3 * season) return values;
  const factors = seasonalFactors(values, season);
  const adjusted = values.map((value, i) => value - (factors[i % season] ?? 0));
  const centre = runningMedian(adjusted, 2 * season + 1);
  const sigma = residualScale(adjusted.map((value, i) => value - (centre[i] ?? 0)));
  const border = 4 * Math.max(sigma, 0.05 * Math.abs(median(adjusted)));
  return adjusted.map((value, i) => {
    const middle = centre[i] ?? 0;
    const clipped = Math.min(middle + border, Math.max(middle - border, value));
    return clipped + (factors[i % season] ?? 0);
  });
}

function simulate(
  mean: Float64Array,
  best: Backtest,
  origins: Origins,
  floor: number,
  { paths, seed }: ForecastOptions,
): Float64Array[] {
  const widening = 1 + SELECTION_MARGIN / independentOrigins(origins);
  const random = seededRandom(seed);
  return Array.from({ length: paths }, () => {
    const error = errorPath(best.errors, widening, mean.length, random);
    return mean.map((value, i) => Math.max(floor, value + (error[i] ?? 0)));
  });
}

/**
 * The chosen model looks better in its own back-test than it is, the more so the fewer origins do not overlap.
 * With this margin 80 % intervals of totals covered 69–85 % on simulated series (independent, autocorrelated, wandering
 * and growing; 120 days of history, 10 and 28 days ahead).
 */
const SELECTION_MARGIN = 0.6;

function independentOrigins({ at, horizon }: Origins): number {
  return ((at.at(-1) ?? 0) - (at[0] ?? 0)) / horizon + 1;
}

/** A whole error path of one past origin, mirrored at random; beyond its length it goes on as √time. */
function errorPath(
  errors: readonly Float64Array[],
  widening: number,
  horizon: number,
  random: Random,
): Float64Array {
  const picked = errors[Math.floor(random() * errors.length)] ?? new Float64Array(0);
  const sign = random() < 0.5 ? -1 : 1;
  const known = picked.length;
  return Float64Array.from({ length: horizon }, (_, i) => {
    const step = i < known ? i : known - 1 - ((i - known) % Math.max(1, Math.min(7, known)));
    const growth = i < known ? 1 : Math.sqrt((i + 1) / known);
    return sign * widening * growth * (picked[step] ?? 0);
  });
}

function summary(mean: Float64Array, paths: readonly Float64Array[], { levels, skip }: ForecastOptions) {
  const steps = Array.from(mean, (_, i) => Float64Array.from(paths, (values) => values[i] ?? 0).sort());
  const totals = Float64Array.from(paths, (values) => sum(values.subarray(skip))).sort();
  return {
    mean: Array.from(mean),
    intervals: levels.map((level) => ({
      level,
      steps: steps.map((ascending) => intervalOf(ascending, level)),
    })),
    total: { mean: sum(mean.subarray(skip)), intervals: levels.map((level) => intervalOf(totals, level)) },
    totals,
  };
}

const intervalOf = (ascending: Float64Array, level: number): Interval => ({
  level,
  lower: quantileOfSorted(ascending, (1 - level) / 2),
  upper: quantileOfSorted(ascending, (1 + level) / 2),
});

function report(best: Backtest, candidates: readonly Backtest[], origins: Origins): Forecast['backtest'] {
  return {
    origins: origins.at.length,
    horizon: origins.horizon,
    wape: best.wape,
    totalError: best.totalError,
    coverage: pastCoverage(best.errors, 0.8),
    candidates: candidates.map(({ model, wape, totalError }) => ({ model: model.name, wape, totalError })),
  };
}

/** Each origin of the later half against the 80 % interval that the origins before it would have given. */
function pastCoverage(errors: readonly Float64Array[], level: number): number | undefined {
  if (errors.length < 6) return undefined;
  let inside = 0;
  let all = 0;
  for (let o = Math.floor(errors.length / 2); o < errors.length; o += 1) {
    errors[o]?.forEach((error, i) => {
      const earlier = Float64Array.from(errors.slice(0, o), (past) => Math.abs(past[i] ?? 0)).sort();
      if (Math.abs(error) <= quantileOfSorted(earlier, Math.min(1, level * (1 + 1 / o))) + 1e-9) inside += 1;
      all += 1;
    });
  }
  return inside / all;
}

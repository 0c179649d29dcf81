import type { ForecastModel } from './forecast-models.js';
import { sum } from './statistics.js';

/** What one model would have said on past days, and how far it was off. */
export interface Backtest {
  readonly model: ForecastModel;
  /** Actual − predicted of each origin, `horizon` steps each; oldest origin first. */
  readonly errors: readonly Float64Array[];
  readonly predictions: readonly Float64Array[];
  /** Σ|error| ÷ Σ|actual| over all origins and steps. */
  readonly wape: number;
  /** Σ|error of the total| ÷ Σ|total|. */
  readonly totalError: number;
}

export interface Origins {
  readonly horizon: number;
  /** Lengths of history to predict from, ascending. */
  readonly at: readonly number[];
}

const MIN_SEASONS = 4;

/**
 * Rolling origins (Tashman 2000): at most `most` equally spaced cuts that leave four seasons before and a whole
 * horizon after; a horizon longer than a third of the history is shortened to it.
 */
export function rollingOrigins(length: number, horizon: number, season: number, most = 24): Origins {
  const steps = Math.max(1, Math.min(horizon, Math.floor(length / 3)));
  const first = Math.min(MIN_SEASONS * season, Math.ceil(length / 2));
  const last = length - steps;
  if (last < first) return { horizon: steps, at: last >= 2 ? [last] : [] };
  const count = Math.min(most, last - first + 1);
  const stride = count === 1 ? 0 : (last - first) / (count - 1);
  return {
    horizon: steps,
    at: Array.from({ length: count }, (_, i) => Math.round(last - stride * (count - 1 - i))),
  };
}

/** Replays `model` over the origins: it sees `history` (outliers clipped) and is scored against `actual`. */
export function backtest(
  model: ForecastModel,
  history: Float64Array,
  actual: Float64Array,
  origins: Origins,
  season: number,
): Backtest {
  const predictions = origins.at.map((at) => model.predict(history.slice(0, at), origins.horizon, season));
  const truths = origins.at.map((at) => actual.subarray(at, at + origins.horizon));
  const errors = predictions.map((predicted, o) =>
    predicted.map((value, i) => (truths[o]?.[i] ?? 0) - value),
  );
  const size = (series: readonly Float64Array[]): number =>
    sum(series.map((values) => sum(values.map(Math.abs))));
  const total = (series: readonly Float64Array[]): number =>
    sum(series.map((values) => Math.abs(sum(values))));
  return {
    model,
    errors,
    predictions,
    wape: ratio(size(errors), size(truths)),
    totalError: ratio(total(errors), total(truths)),
  };
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

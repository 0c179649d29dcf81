import { mean, median } from './statistics.js';
import { seasonalFactors } from './seasonality.js';

/** One way to continue a series: the values of the next `horizon` steps from the history alone. */
export interface ForecastModel {
  readonly name: string;
  readonly predict: (history: Float64Array, horizon: number, season: number) => Float64Array;
}

const path = (horizon: number, value: (step: number) => number): Float64Array =>
  Float64Array.from({ length: horizon }, (_, i) => value(i + 1));

/** The last season again. */
export const seasonalNaive: ForecastModel = {
  name: 'seasonal-naive',
  predict: (history, horizon, season) =>
    path(horizon, (step) => history[history.length - season + ((step - 1) % season)] ?? history.at(-1) ?? 0),
};

/** Median level of the last two seasons times the phase profile of the last eight: a weekday-weighted run rate. */
export const runRate: ForecastModel = {
  name: 'run-rate',
  predict: (history, horizon, season) => {
    const { adjusted, factor } = deseasonalise(history.slice(-8 * season), season);
    const level = median(adjusted.subarray(-2 * season));
    return path(horizon, (step) => level * factor(step));
  },
};

/**
 * Theta method (Assimakopoulos & Nikolopoulos 2000) in the form of Hyndman & Billah 2003: simple exponential
 * smoothing of the deseasonalised series plus half the slope of its least-squares line.
 */
export const theta: ForecastModel = {
  name: 'theta',
  predict: (history, horizon, season) => {
    const { adjusted, factor } = deseasonalise(history, season);
    const n = adjusted.length;
    const half = leastSquaresSlope(adjusted) / 2;
    const { alpha, level } = bestSmoothing(adjusted);
    const tail = (1 - (1 - alpha) ** n) / alpha;
    return path(horizon, (step) => (level + half * (step - 1 + tail)) * factor(step));
  },
};

/**
 * Exponential smoothing with damped additive trend on the deseasonalised series, ETS(A,Ad,·)
 * (Gardner & McKenzie 1985); the smoothing constants come from a grid by the squared one-step error.
 */
export const dampedTrend: ForecastModel = {
  name: 'damped-trend',
  predict: (history, horizon, season) => {
    const { adjusted, factor } = deseasonalise(history, season);
    const fits = GRID.map((constants) => smoothDamped(adjusted, constants));
    const best = fits.reduce((a, b) => (b.error < a.error ? b : a));
    return path(horizon, (step) => {
      const damped = (best.phi * (1 - best.phi ** step)) / (1 - best.phi);
      return (best.level + damped * best.trend) * factor(step);
    });
  },
};

/** Pointwise median of the other models: rarely the best, hardly ever bad. */
export const combination: ForecastModel = {
  name: 'combination',
  predict: (history, horizon, season) => {
    const paths = [seasonalNaive, runRate, theta, dampedTrend].map((m) =>
      m.predict(history, horizon, season),
    );
    return path(horizon, (step) => median(paths.map((values) => values[step - 1] ?? 0)));
  },
};

export const forecastModels: readonly ForecastModel[] = [
  seasonalNaive,
  runRate,
  theta,
  dampedTrend,
  combination,
];

interface Deseasonalised {
  readonly adjusted: Float64Array;
  /** Multiplier of the phase `step` steps after the end. */
  readonly factor: (step: number) => number;
}

function deseasonalise(history: Float64Array, season: number): Deseasonalised {
  const offset = 1e-9 + Math.max(...history, 0) * 1e-6;
  const positive = history.every((value) => value >= 0);
  if (!positive) return { adjusted: history, factor: () => 1 };
  const factors = seasonalFactors(
    history.map((value) => Math.log(value + offset)),
    season,
  );
  const scale = Array.from(factors, Math.exp);
  const at = (index: number): number => scale[index % season] ?? 1;
  return {
    adjusted: history.map((value, i) => value / at(i)),
    factor: (step) => at(history.length + step - 1),
  };
}

function leastSquaresSlope(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  const centre = mean(values);
  let covariance = 0;
  let variance = 0;
  values.forEach((value, i) => {
    covariance += (i - middle) * (value - centre);
    variance += (i - middle) ** 2;
  });
  return variance === 0 ? 0 : covariance / variance;
}

function bestSmoothing(values: Float64Array): { alpha: number; level: number } {
  let best = { alpha: 0.1, level: 0, error: Infinity };
  for (let alpha = 0.05; alpha < 0.96; alpha += 0.1) {
    let level = mean(values.subarray(0, 7));
    let error = 0;
    for (const value of values) {
      error += (value - level) ** 2;
      level += alpha * (value - level);
    }
    if (error < best.error) best = { alpha, level, error };
  }
  return best;
}

interface Constants {
  readonly alpha: number;
  readonly beta: number;
  readonly phi: number;
}

const GRID: readonly Constants[] = [0.05, 0.15, 0.3, 0.5, 0.8].flatMap((alpha) =>
  [0.02, 0.1, 0.3].flatMap((beta) => [0.8, 0.9, 0.98].map((phi) => ({ alpha, beta, phi }))),
);

function smoothDamped(values: Float64Array, { alpha, beta, phi }: Constants) {
  let level = mean(values.subarray(0, 7));
  let trend = 0;
  let error = 0;
  for (const value of values) {
    const expected = level + phi * trend;
    const miss = value - expected;
    error += miss * miss;
    level = expected + alpha * miss;
    trend = phi * trend + alpha * beta * miss;
  }
  return { level, trend, error, phi };
}

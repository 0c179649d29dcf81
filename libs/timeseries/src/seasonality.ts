import { median } from './statistics.js';

/**
 * Additive seasonal factors: for each phase (index modulo `period`) the median of value − centred running median.
 * On logarithms this is the profile of ratios. The result is aligned to index 0 of `values`.
 * A phase that was seen fewer than twice has factor 0.
 */
export function seasonalFactors(values: ArrayLike<number>, period: number): Float64Array {
  const factors = new Float64Array(period);
  if (period < 2 || values.length < 2 * period) return factors;
  const centre = runningMedian(values, period);
  for (let phase = 0; phase < period; phase += 1) {
    const deviations: number[] = [];
    for (let i = phase; i < values.length; i += period) deviations.push((values[i] ?? 0) - (centre[i] ?? 0));
    factors[phase] = median(deviations);
  }
  return factors;
}

/** Median of the `width` values around each index; near the ends the nearest full window. */
export function runningMedian(values: ArrayLike<number>, width: number): Float64Array {
  const n = values.length;
  const size = Math.min(width, n);
  const all = Float64Array.from(values);
  const trailing = new Float64Array(n);
  for (let end = size - 1; end < n; end += 1) trailing[end] = median(all.subarray(end - size + 1, end + 1));
  const half = Math.floor(size / 2);
  return Float64Array.from(all, (_, i) => trailing[Math.min(n - 1, Math.max(size - 1, i + half))] ?? 0);
}

export interface Decomposition {
  readonly trend: Float64Array;
  readonly seasonal: Float64Array;
  readonly remainder: Float64Array;
}

/**
 * Robust additive decomposition value = trend + seasonal + remainder: trend by a running median over two periods
 * of the deseasonalised values, seasonal by phase medians. Give logarithms for a multiplicative one.
 */
export function decompose(values: ArrayLike<number>, period = 7): Decomposition {
  const factors = seasonalFactors(values, period);
  const seasonal = Float64Array.from(values, (_, i) => factors[i % period] ?? 0);
  const adjusted = Float64Array.from(values, (value, i) => value - (seasonal[i] ?? 0));
  const trend = runningMedian(adjusted, 2 * period + 1);
  const remainder = Float64Array.from(adjusted, (value, i) => value - (trend[i] ?? 0));
  return { trend, seasonal, remainder };
}

import { AppError } from '@trimtab/kernel';

/** Consistency factor that makes the MAD estimate the standard deviation of normal data (1 / Φ⁻¹(3/4)). */
export const MAD_TO_SIGMA = 1.482602218505602;

/** Numbers in ascending order as a new typed array. Throws `timeseries.no-data` for an empty list. */
export function sorted(values: ArrayLike<number>): Float64Array {
  if (values.length === 0) {
    throw new AppError('timeseries.no-data', 'A statistic needs at least one value: check the length first.');
  }
  const copy = Float64Array.from(values);
  return copy.length <= INSERTION_LIMIT ? insertionSort(copy) : copy.sort();
}

/** Below this length insertion is several times faster than the engine's sort, and most windows are a week. */
const INSERTION_LIMIT = 32;

function insertionSort(values: Float64Array): Float64Array {
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    let j = i - 1;
    for (; j >= 0 && (values[j] ?? 0) > value; j -= 1) values[j + 1] = values[j] ?? 0;
    values[j + 1] = value;
  }
  return values;
}

/**
 * Quantile of type 7 (Hyndman & Fan 1996; the default of R and NumPy): linear between order statistics.
 * `p` in 0..1. Throws `timeseries.no-data` for an empty list.
 */
export const quantile = (values: ArrayLike<number>, p: number): number => quantileOfSorted(sorted(values), p);

/** `quantile` of values that are ascending already. */
export function quantileOfSorted(ascending: ArrayLike<number>, p: number): number {
  const at = (ascending.length - 1) * Math.min(1, Math.max(0, p));
  const below = Math.floor(at);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? low;
  return low + (high - low) * (at - below);
}

/** Middle value; the mean of the two middle values of an even count. */
export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** Median absolute deviation from the median (not scaled to sigma). */
export function mad(values: ArrayLike<number>): number {
  const centre = median(values);
  return median(Float64Array.from(values, (value) => Math.abs(value - centre)));
}

/** Robust z-score: `(value − centre) / max(scale, floor)`, where `scale` is in units of sigma. */
export const robustZ = (value: number, centre: number, scale: number, floor: number): number =>
  (value - centre) / Math.max(scale, floor);

/**
 * Sigma of residuals around zero: the larger of the scaled MAD and the 90 % quantile of |r| over its normal
 * counterpart (1.645), so that tails heavier than normal widen the scale while one outlier in ten does not.
 */
export function residualScale(residuals: ArrayLike<number>): number {
  const sizes = Float64Array.from(residuals, Math.abs).sort();
  if (sizes.length === 0) return 0;
  return Math.max(MAD_TO_SIGMA * quantileOfSorted(sizes, 0.5), quantileOfSorted(sizes, 0.9) / 1.645);
}

/**
 * Slope of the line through equally spaced points by the median of all pairwise slopes
 * (Theil 1950; Sen 1968). Unit: values per step; 0 for fewer than two points.
 */
export function theilSenSlope(values: ArrayLike<number>): number {
  const n = values.length;
  if (n < 2) return 0;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let k = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) {
      slopes[k] = ((values[j] ?? 0) - (values[i] ?? 0)) / (j - i);
      k += 1;
    }
  }
  return median(slopes);
}

/** Mean without the `share` smallest and the `share` largest values (0 ≤ share < 0.5). */
export function trimmedMean(values: ArrayLike<number>, share = 0.1): number {
  const ascending = sorted(values);
  const cut = Math.floor(ascending.length * share);
  return mean(ascending.subarray(cut, ascending.length - cut));
}

export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += values[i] ?? 0;
  return total;
}

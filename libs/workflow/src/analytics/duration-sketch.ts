/** Largest relative error of a quantile that a sketch tells. */
export const RELATIVE_ERROR = 0.01;
/** Bin i holds durations in (γ^(i-1), γ^i]. */
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Everything below one millisecond. */
const UNDER = -1;

/**
 * Durations in whole milliseconds as counts in logarithmic bins, so that any quantile is known to within 1 % of its
 * value and two sketches add up to the sketch of both, whatever the order. A duration of a month takes one of 1,084
 * bins; only bins that hold something are kept. After DDSketch (Masson, Rim, Lee: PVLDB 12(12), 2019). Plain JSON.
 */
export interface DurationSketch {
  count: number;
  /** Milliseconds. */
  sum: number;
  max: number;
  readonly bins: Record<string, number>;
}

export const emptySketch = (): DurationSketch => ({ count: 0, sum: 0, max: 0, bins: {} });

/** Adds one duration; a negative one (clocks of two machines) counts as none at all. */
export function recordDuration(sketch: DurationSketch, milliseconds: number): void {
  const ms = Math.max(0, Math.round(milliseconds));
  const bin = ms < 1 ? UNDER : Math.ceil(Math.log(ms) / LOG_GAMMA);
  sketch.count += 1;
  sketch.sum += ms;
  sketch.max = Math.max(sketch.max, ms);
  sketch.bins[bin] = (sketch.bins[bin] ?? 0) + 1;
}

/** Adds what another sketch holds. */
export function mergeSketch(into: DurationSketch, other: DurationSketch): void {
  into.count += other.count;
  into.sum += other.sum;
  into.max = Math.max(into.max, other.max);
  for (const [bin, count] of Object.entries(other.bins)) into.bins[bin] = (into.bins[bin] ?? 0) + count;
}

/** Milliseconds below which the share `q` (0..1) of the durations lies; null when there is none. */
export function quantile(sketch: DurationSketch, q: number): number | null {
  const bins = Object.entries(sketch.bins).map(([bin, count]) => ({ bin: Number(bin), count }));
  bins.sort((a, b) => a.bin - b.bin);
  const rank = q * (sketch.count - 1);
  let below = 0;
  for (const { bin, count } of bins) {
    below += count;
    if (below > rank) return bin === UNDER ? 0 : Math.min(sketch.max, (2 * GAMMA ** bin) / (GAMMA + 1));
  }
  return null;
}

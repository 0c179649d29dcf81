/** The value below which a share of the values lies, by the nearest rank (`share` 0.5 is the median of an odd number). */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] as number;
}

/** The middle of the values; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Three significant digits: more would promise what a shared machine cannot keep. */
export const rounded = (value: number): number =>
  Number.isFinite(value) ? Number(value.toPrecision(3)) : Number.NaN;

/** The same keys with the medians of what the rounds found. */
export function medians<Key extends string | number>(
  rounds: readonly Readonly<Record<Key, number>>[],
): Record<Key, number> {
  const keys = Object.keys(rounds[0] ?? {}) as Key[];
  const entries = keys.map((key) => [key, rounded(median(rounds.map((round) => round[key])))] as const);
  return Object.fromEntries(entries) as Record<Key, number>;
}

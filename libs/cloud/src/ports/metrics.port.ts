export type MetricStat = 'Average' | 'Maximum' | 'Minimum' | 'Sum' | 'SampleCount';

/** One series: `start` (inclusive) and `end` (exclusive) are epoch milliseconds, multiples of `period` seconds. */
export interface MetricQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: MetricStat;
  readonly period: number;
  readonly start: number;
  readonly end: number;
}

/** `values[i]` covers `[start + i·period, start + (i+1)·period)`; null = no datapoint, which is not zero. */
export interface MetricPoints {
  readonly start: number;
  readonly period: number;
  readonly values: (number | null)[];
}

export abstract class Metrics {
  /** One answer per query, in the order of the queries. Cost: $0.01 per 1,000 queries in AWS. */
  abstract series(queries: readonly MetricQuery[]): Promise<MetricPoints[]>;
  /** Dimensions under which a metric was published in the last two weeks. */
  abstract dimensionsOf(namespace: string, metric: string): AsyncIterable<Readonly<Record<string, string>>>;
}

/** Number of points in a query's grid. */
export const gridLength = (query: Pick<MetricQuery, 'start' | 'end' | 'period'>): number =>
  Math.max(0, Math.round((query.end - query.start) / (query.period * 1000)));

/** The grid of whole periods that end at or before `end`, over `days` days: what a query asks for. */
export function wholePeriods(end: number, days: number, period: number): { start: number; end: number } {
  const step = period * 1000;
  const last = Math.floor(end / step) * step;
  return { start: last - Math.floor((days * 86_400) / period) * step, end: last };
}

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

export interface MetricId {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
}

export interface SeriesQuery extends MetricId {
  readonly accountId: string;
  readonly region: string;
  /** A CloudWatch statistic: Average, Maximum, Minimum, Sum, SampleCount or a percentile such as `p99`. */
  readonly stat: string;
  /** Seconds. */
  readonly period: number;
  /** Epoch milliseconds, aligned to the period; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Points oldest first; timestamps are epoch milliseconds. */
export interface Series {
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
}

/** Where CloudWatch's numbers come from. */
export interface MetricSource {
  series(query: SeriesQuery): Series;
  list(accountId: string, region: string): readonly MetricId[];
}

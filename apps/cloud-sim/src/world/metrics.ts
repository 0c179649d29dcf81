import { NAMESPACES } from './metric-catalogue.js';
import type { Dimensions } from './metric-catalogue.js';
import { unit } from './random.js';
import { DAY } from './signals.js';
import type { Signal } from './signals.js';
import type { World } from './world.js';

/** Local names: the sandbox that tests run in makes every look-up of a global slow, and these run a million times. */
const { ceil, floor, max, min } = Math;
const ENDLESS = Infinity;

export interface MetricQuery {
  readonly accountId: string;
  readonly region: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions;
  /** `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99.5`. */
  readonly stat: string;
  /** Seconds, a multiple of 60; below 300 the points still come every 300 s. */
  readonly period: number;
  /** Epoch ms; the start is rounded down to the period, the end is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface MetricSeries {
  /** Epoch ms, ascending; one per value. */
  readonly timestamps: number[];
  readonly values: number[];
}

/** As CloudWatch keeps them: fine points for 63 days; the simulation has 90 days in all. */
const FINE_DAYS = 63;
const ALL_DAYS = 90;

/** The datapoints of one series, computed on demand; empty when there is no such series or nothing happened. */
export function metricValues(world: World, query: MetricQuery): MetricSeries {
  const found = NAMESPACES[query.namespace]?.find(world, query.dimensions);
  if (!found || found[0].accountId !== query.accountId || found[0].region !== query.region) return EMPTY();
  const make = found[1][query.metricName];
  return make ? aggregate(make(), query, world.now) : EMPTY();
}

const EMPTY = (): MetricSeries => ({ timestamps: [], values: [] });

function aggregate(signal: Signal, query: MetricQuery, now: number): MetricSeries {
  const { step } = signal;
  const period = max(query.period * 1000, min(step, 300_000));
  const oldest = now - (query.period < 3600 ? FINE_DAYS : ALL_DAYS) * DAY;
  const from = max(floor(query.start / period) * period, signal.from, oldest);
  const to = min(ceil(query.end / period) * period, signal.to);
  const series = EMPTY();
  let bucket = new Bucket(signal, query.stat);
  let current = -1;
  const flush = () => {
    if (current < 0 || bucket.steps === 0) return;
    series.timestamps.push(current);
    series.values.push(bucket.value());
  };
  for (let time = ceil(from / step) * step; time + min(step, 300_000) <= to; time += step) {
    const start = floor(time / period) * period;
    if (start >= query.end) break;
    if (start !== current) {
      flush();
      bucket = new Bucket(signal, query.stat);
      current = start;
    }
    bucket.add(time);
  }
  flush();
  return series;
}

/** What needs no single sample. */
const OF_MEANS = new Set(['Sum', 'SampleCount', 'Average']);

/** The steps that fall into one period. */
class Bucket {
  steps = 0;
  private total = 0;
  private highest = -ENDLESS;
  private lowest = ENDLESS;
  private readonly means: number[] = [];
  private readonly ofMeans: boolean;
  constructor(
    private readonly signal: Signal,
    private readonly stat: string,
  ) {
    this.ofMeans = OF_MEANS.has(stat);
  }

  add(time: number): void {
    const { seed, spread, ceiling, step } = this.signal;
    const mean = min(ceiling, this.signal.value(time));
    this.steps += 1;
    this.total += mean;
    if (this.ofMeans) return;
    const swing = spread > 0 ? spread * (0.3 + 0.7 * unit(seed, time / step)) : 0;
    this.highest = max(this.highest, min(ceiling, mean * (1 + swing)));
    this.lowest = min(this.lowest, max(0, mean * (1 - min(1, swing))));
    this.means.push(mean);
  }

  value(): number {
    switch (this.stat) {
      case 'Sum':
        return this.total * this.signal.samples;
      case 'Maximum':
        return this.highest;
      case 'Minimum':
        return this.lowest;
      case 'SampleCount':
        return this.steps * this.signal.samples;
      case 'Average':
        return this.total / this.steps;
    }
    return this.percentile(this.stat);
  }

  /** Between the lowest and the highest sample, by rank of the means. */
  private percentile(name: string): number {
    const rank = Number(/^p(\d+(?:\.\d+)?)$/.exec(name)?.[1]) / 100;
    if (Number.isNaN(rank))
      throw new RangeError(`Unknown statistic ${name}: use Average, Sum, Maximum, … or p99.`);
    const points = [this.lowest, ...this.means.sort((a, b) => a - b), this.highest];
    const position = rank * (points.length - 1);
    const below = points[floor(position)] ?? this.lowest;
    return below + ((points[ceil(position)] ?? this.highest) - below) * (position % 1);
  }
}

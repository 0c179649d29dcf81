import type { MetricSeries } from '@trimtab/contracts';
import { DAY, HOUR } from './metric-plan.js';
import type { WantedMetric } from './metric-plan.js';

/** Points on a grid, as a cloud gives them. */
export interface Points {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly period: number;
  readonly values: readonly (number | null)[];
}

/** A number with at most `digits` significant digits: metrics are noisy, and shards stay small. */
export function significant(value: number, digits = 4): number {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}

/**
 * Series of one resource from its answered queries. A daily series without any point stays: it says that the question
 * was answered and nothing happened. A fine one is left out, for its nulls would fill the shards.
 */
export function seriesOf(answered: readonly { wanted: WantedMetric; points: Points }[]): MetricSeries[] {
  const added = answered.filter(({ wanted }) => wanted.reading === 'added');
  const single = answered.filter(({ wanted }) => wanted.reading !== 'added');
  const [first] = added;
  const sums = first ? [series(first.wanted, addUp(added.map(({ points }) => points)))] : [];
  return [...single.flatMap(({ wanted, points }) => read(wanted, points)), ...sums].filter(measured);
}

const measured = (one: MetricSeries): boolean =>
  one.period >= DAY || one.values.some((value) => value !== null);

function read(wanted: WantedMetric, points: Points): MetricSeries[] {
  if (wanted.reading !== 'hourly-sum-and-peak-rate') return [series(wanted, points)];
  const hourly = { start: points.start, period: HOUR };
  const rates = inGroups(points, (values) => Math.max(...values) / points.period);
  return [
    series(wanted, { ...hourly, values: inGroups(points, (values) => values.reduce((a, b) => a + b, 0)) }),
    { ...series(wanted, { ...hourly, values: rates }), stat: 'Maximum', unit: `${wanted.unit}/Second` },
  ];
}

const series = (wanted: WantedMetric, points: Points): MetricSeries => ({
  metric: wanted.metric,
  stat: wanted.stat,
  unit: wanted.unit,
  start: new Date(points.start).toISOString(),
  period: points.period,
  values: points.values.map((value) => (value === null ? null : significant(value))),
});

/** Groups of points per hour; an hour without any point is null, one with some counts what is there. */
function inGroups(points: Points, combine: (values: number[]) => number): (number | null)[] {
  const size = Math.max(1, HOUR / points.period);
  const groups: (number | null)[] = [];
  for (let i = 0; i < points.values.length; i += size) {
    const present = points.values.slice(i, i + size).filter((value) => value !== null);
    groups.push(present.length === 0 ? null : combine(present));
  }
  return groups;
}

function addUp(all: readonly Points[]): Points {
  const [first] = all;
  if (!first) return { start: 0, period: HOUR, values: [] };
  const values = first.values.map((_, i) => {
    const present = all.map((points) => points.values[i] ?? null).filter((value) => value !== null);
    return present.length === 0 ? null : present.reduce((a, b) => a + b, 0);
  });
  return { ...first, values };
}

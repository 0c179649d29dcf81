import type { Evidence, MetricSeries, Resource } from '@trimtab/contracts';
import { DAY_MS } from '@trimtab/kernel';

/** A metric of a resource over the look-back, with what is needed to judge how complete it is. */
export interface Reading {
  readonly metric: string;
  readonly stat: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly expected: number;
  readonly period: number;
  readonly start: string;
  readonly end: string;
}

/** No data is not zero: a decision needs this share of the expected datapoints. */
export const ENOUGH = 0.9;

/** Undefined when the metric was never reported. */
export function reading(
  resource: Resource,
  metric: string,
  stat?: MetricSeries['stat'],
): Reading | undefined {
  const found = resource.metrics.find(
    (one) => one.metric === metric && (stat === undefined || one.stat === stat),
  );
  if (!found) return undefined;
  const end = new Date(Date.parse(found.start) + found.values.length * found.period * 1000).toISOString();
  const values = found.values.filter((value): value is number => value !== null);
  const { unit, period, start } = found;
  return { metric, stat: found.stat, unit, values, expected: found.values.length, period, start, end };
}

export const complete = (one: Reading | undefined): one is Reading =>
  one !== undefined && one.expected > 0 && one.values.length >= ENOUGH * one.expected;

export const highest = (values: readonly number[]): number =>
  values.reduce((top, value) => Math.max(top, value), 0);
export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Sums of full days from the start of the series; missing points count nothing. */
export function dailySums(resource: Resource, metrics: readonly string[]): number[] | undefined {
  const found = metrics.map((metric) =>
    resource.metrics.find((one) => one.metric === metric && one.stat === 'Sum'),
  );
  const first = found[0];
  if (!first || found.some((one) => one === undefined)) return undefined;
  const perDay = DAY_MS / 1000 / first.period;
  const days = Math.floor(first.values.length / perDay);
  return Array.from({ length: days }, (_, day) =>
    total(
      found.flatMap((one) =>
        (one?.values ?? []).slice(day * perDay, (day + 1) * perDay).map((value) => value ?? 0),
      ),
    ),
  );
}

/** A figure from a metric, as evidence. */
export function metricEvidence(
  from: Reading,
  name: string,
  value: number,
  threshold?: number | string,
): Evidence {
  return {
    kind: 'metric',
    name,
    value: Number(value.toPrecision(4)),
    unit: from.unit,
    ...(threshold === undefined ? {} : { threshold }),
    datapoints: { present: from.values.length, expected: from.expected },
    period: { start: from.start, end: from.end },
  };
}

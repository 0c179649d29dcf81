import { metrics } from '@opentelemetry/api';
import type { Attributes, Counter, Histogram, ObservableGauge } from '@opentelemetry/api';

const meter = () => metrics.getMeter('@trimtab/observability');
const counters = new Map<string, Counter>();
const histograms = new Map<string, Histogram>();

/** Adds to a counter, for example `trimtab.tasks` with `{ type, outcome }`; attributes must be few-valued. */
export function count(name: string, attributes: Attributes = {}, by = 1, unit = '1'): void {
  const counter = counters.get(name) ?? meter().createCounter(name, { unit });
  counters.set(name, counter);
  counter.add(by, attributes);
}

/** Records a duration in milliseconds in a histogram. */
export function duration(name: string, milliseconds: number, attributes: Attributes = {}): void {
  const histogram = histograms.get(name) ?? meter().createHistogram(name, { unit: 'ms' });
  histograms.set(name, histogram);
  histogram.record(milliseconds, attributes);
}

/** From a hundredth of a second to a day: runs take that long. */
const LONG_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600, 14_400, 86_400];

/** Records a duration in seconds, the unit of the semantic conventions. */
export function seconds(name: string, value: number, attributes: Attributes = {}): void {
  const advice = { explicitBucketBoundaries: LONG_SECONDS };
  const histogram = histograms.get(name) ?? meter().createHistogram(name, { unit: 's', advice });
  histograms.set(name, histogram);
  histogram.record(value, attributes);
}

const gauges = new Map<string, ObservableGauge>();
const readings = new Map<string, () => number>();

/** A value that is read whenever metrics are collected, for example seconds behind; the latest reader counts. */
export function gauge(name: string, read: () => number, { unit }: { unit: string }): void {
  readings.set(name, read);
  if (gauges.has(name)) return;
  const instrument = meter().createObservableGauge(name, { unit });
  instrument.addCallback((result) => result.observe(readings.get(name)?.() ?? 0));
  gauges.set(name, instrument);
}

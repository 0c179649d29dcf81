import { metrics } from '@opentelemetry/api';
import type { Attributes, Counter, Histogram } from '@opentelemetry/api';

const meter = () => metrics.getMeter('@trimtab/observability');
const counters = new Map<string, Counter>();
const histograms = new Map<string, Histogram>();

/** Adds to a counter, for example `trimtab.tasks` with `{ type, outcome }`; attributes must be few-valued. */
export function count(name: string, attributes: Attributes = {}, by = 1): void {
  const counter = counters.get(name) ?? meter().createCounter(name);
  counters.set(name, counter);
  counter.add(by, attributes);
}

/** Records a duration in milliseconds in a histogram. */
export function duration(name: string, milliseconds: number, attributes: Attributes = {}): void {
  const histogram = histograms.get(name) ?? meter().createHistogram(name, { unit: 'ms' });
  histograms.set(name, histogram);
  histogram.record(milliseconds, attributes);
}

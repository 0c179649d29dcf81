import { NAMESPACES } from './metric-catalogue.js';
import type { Dimensions } from './metric-catalogue.js';
import { DAY } from './signals.js';
import type { World } from './world.js';

export interface MetricFilter {
  readonly accountId: string;
  readonly region: string;
  readonly namespace?: string;
  readonly metricName?: string;
  /** A name without a value matches any value. */
  readonly dimensions?: Readonly<Record<string, string | undefined>>;
}

export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions;
}

/** Every series of the scope that had datapoints in the last 14 days, as ListMetrics shows them. */
export function listMetrics(world: World, filter: MetricFilter): MetricName[] {
  return Object.keys(NAMESPACES)
    .filter((namespace) => wanted(filter.namespace, namespace))
    .flatMap((namespace) => inNamespace(world, filter, namespace));
}

const wanted = (asked: string | undefined, actual: string) => asked === undefined || asked === actual;

function inNamespace(world: World, filter: MetricFilter, namespace: string): MetricName[] {
  const found: MetricName[] = [];
  for (const dimensions of NAMESPACES[namespace]?.dimensions(world) ?? []) {
    if (!matches(dimensions, filter.dimensions ?? {})) continue;
    for (const metricName of namesOf(world, filter, namespace, dimensions)) {
      if (wanted(filter.metricName, metricName)) found.push({ namespace, metricName, dimensions });
    }
  }
  return found;
}

function namesOf(world: World, filter: MetricFilter, namespace: string, dimensions: Dimensions): string[] {
  const [owner, signals] = NAMESPACES[namespace]?.find(world, dimensions) ?? [];
  if (!signals || owner?.accountId !== filter.accountId || owner.region !== filter.region) return [];
  const recent = world.now - 14 * DAY;
  return Object.entries(signals).flatMap(([name, make]) => (make().to > recent ? [name] : []));
}

const matches = (dimensions: Dimensions, asked: Readonly<Record<string, string | undefined>>) =>
  Object.entries(asked).every(
    ([name, value]) => name in dimensions && (value === undefined || dimensions[name] === value),
  );

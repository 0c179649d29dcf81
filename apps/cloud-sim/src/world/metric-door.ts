import { listMetrics } from './metric-list.js';
import { metricValues } from './metrics.js';
import type { MetricQuery, MetricSeries } from './metrics.js';
import type { World } from './world.js';

interface Pair {
  readonly name: string;
  readonly value: string;
}

type PairQuery = Omit<MetricQuery, 'dimensions'> & { readonly dimensions: readonly Pair[] };

/** The world's metrics with dimensions as name-value pairs, the way CloudWatch's API writes them. */
export function metricsOf(world: World) {
  return {
    series(query: PairQuery): MetricSeries {
      const dimensions = Object.fromEntries(query.dimensions.map(({ name, value }) => [name, value]));
      return metricValues(world, { ...query, dimensions });
    },
    list(accountId: string, region: string) {
      return listMetrics(world, { accountId, region }).map(({ dimensions, ...metric }) => ({
        ...metric,
        dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
      }));
    },
  };
}

import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { MetricPoints, MetricQuery } from '../ports/metrics.port.js';
import { Metrics, gridLength } from '../ports/metrics.port.js';
import type { AwsCaller } from './caller.js';

/** Limits of one GetMetricData request. */
const MAX_QUERIES = 500;
const MAX_DATAPOINTS = 100_800;

interface Asked {
  readonly index: number;
  readonly query: MetricQuery;
}

/** Queries that fit one request: the same time range, at most 500 queries and 100,800 datapoints. */
export function requestBatches(queries: readonly MetricQuery[]): Asked[][] {
  const batches: Asked[][] = [];
  const open = new Map<string, { batch: Asked[]; points: number }>();
  queries.forEach((query, index) => {
    const range = `${query.start} ${query.end}`;
    const points = gridLength(query);
    let current = open.get(range);
    if (!current || current.batch.length >= MAX_QUERIES || current.points + points > MAX_DATAPOINTS) {
      current = { batch: [], points: 0 };
      open.set(range, current);
      batches.push(current.batch);
    }
    current.batch.push({ index, query });
    current.points += points;
  });
  return batches;
}

/** Metrics by GetMetricData and ListMetrics. */
export class AwsMetrics extends Metrics {
  constructor(private readonly aws: AwsCaller) {
    super();
  }

  override async series(queries: readonly MetricQuery[]): Promise<MetricPoints[]> {
    const points = queries.map(emptyGrid);
    await Promise.all(requestBatches(queries).map((batch) => this.fill(batch, points)));
    return points;
  }

  override async *dimensionsOf(
    namespace: string,
    metric: string,
  ): AsyncIterable<Readonly<Record<string, string>>> {
    const pages = this.aws.pages(
      'cloudwatch',
      (sdk, NextToken) => new sdk.ListMetricsCommand({ Namespace: namespace, MetricName: metric, NextToken }),
      (page) => page.NextToken,
    );
    for await (const { Metrics: found } of pages) {
      for (const { Dimensions } of found ?? []) {
        yield Object.fromEntries((Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']));
      }
    }
  }

  private async fill(batch: readonly Asked[], points: readonly MetricPoints[]): Promise<void> {
    const [first] = batch;
    if (!first || first.query.end <= first.query.start) return;
    const input = {
      MetricDataQueries: batch.map(({ index, query }) => dataQuery(index, query)),
      StartTime: new Date(first.query.start),
      EndTime: new Date(first.query.end),
      ScanBy: 'TimestampAscending' as const,
      MaxDatapoints: MAX_DATAPOINTS,
    };
    const pages = this.aws.pages(
      'cloudwatch',
      (sdk, NextToken) => new sdk.GetMetricDataCommand({ ...input, NextToken }),
      (page) => page.NextToken,
    );
    for await (const { MetricDataResults } of pages) {
      for (const result of MetricDataResults ?? []) place(result, points[Number((result.Id ?? '').slice(1))]);
    }
  }
}

export const emptyGrid = (query: MetricQuery): MetricPoints => ({
  start: query.start,
  period: query.period,
  values: new Array<number | null>(gridLength(query)).fill(null),
});

/** Puts the points of one page on the grid; what lies outside is not asked for. */
function place(result: MetricDataResult, target: MetricPoints | undefined): void {
  if (!target) return;
  const { Timestamps: times = [], Values: values = [] } = result;
  times.forEach((time, i) => {
    const at = Math.floor((time.getTime() - target.start) / (target.period * 1000));
    if (at >= 0 && at < target.values.length) target.values[at] = values[i] ?? null;
  });
}

const dataQuery = (
  index: number,
  { namespace, metric, dimensions, stat, period }: MetricQuery,
): MetricDataQuery => ({
  Id: `q${index}`,
  MetricStat: {
    Metric: {
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: period,
    Stat: stat,
  },
  ReturnData: true,
});

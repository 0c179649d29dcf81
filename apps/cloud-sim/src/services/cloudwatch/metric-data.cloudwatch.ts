import { AwsError } from '../../aws-error.js';
import type { MetricId, Series } from '../../metric-source.js';
import type { Call } from '../../simulation.js';
import { readToken, writeToken } from '../page.js';

const maxQueries = 500;
const maxPoints = 100_800;

interface MetricQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric?: MetricJson;
    readonly Period?: number;
    readonly Stat?: string;
  };
}

interface MetricJson {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
}

interface MetricDataInput {
  readonly MetricDataQueries?: readonly MetricQuery[];
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly NextToken?: string;
  readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
  readonly MaxDatapoints?: number;
}

interface MetricResult {
  readonly Id: string;
  readonly Label: string;
  readonly Timestamps: number[];
  readonly Values: number[];
  readonly StatusCode: 'Complete' | 'PartialData';
}

/**
 * GetMetricData: up to 500 queries; a page ends at MaxDatapoints, and a series cut there is `PartialData` until a
 * later page has the rest. The token names the query and the point where the next page begins.
 */
export function getMetricData(call: Call, input: MetricDataInput) {
  const queries = checkedQueries(input);
  const room = Math.min(input.MaxDatapoints ?? maxPoints, maxPoints);
  const start = input.NextToken === undefined ? { query: 0, point: 0 } : position(input.NextToken);
  const results: MetricResult[] = [];
  let left = room;
  for (let index = start.query; index < queries.length; index++) {
    const query = queries[index] as MetricQuery;
    const from = index === start.query ? start.point : 0;
    if (left === 0) return { MetricDataResults: results, NextToken: tokenAt(index, 0), Messages: [] };
    const series = seriesOf(call, query, input);
    const result = cut(query, series, {
      from,
      count: left,
      ascending: input.ScanBy === 'TimestampAscending',
    });
    results.push(result);
    left -= result.Values.length;
    if (result.StatusCode === 'PartialData') {
      const NextToken = tokenAt(index, from + result.Values.length);
      return { MetricDataResults: results, NextToken, Messages: [] };
    }
  }
  return { MetricDataResults: results, Messages: [] };
}

function checkedQueries({
  MetricDataQueries: queries = [],
  StartTime,
  EndTime,
}: MetricDataInput): MetricQuery[] {
  if (StartTime === undefined || EndTime === undefined) throw invalid('StartTime and EndTime are required.');
  if (StartTime >= EndTime) throw invalid('The parameter EndTime must be later than StartTime.');
  if (queries.length > maxQueries) {
    throw invalid(`The collection MetricDataQueries must not have a size greater than ${maxQueries}.`);
  }
  if (new Set(queries.map((query) => query.Id)).size !== queries.length) {
    throw invalid('The values for parameter id in MetricDataQueries are not unique.');
  }
  return queries.filter((query) => query.ReturnData !== false);
}

function seriesOf(call: Call, query: MetricQuery, input: MetricDataInput): Series {
  const { accountId, region, simulation } = call;
  const { metric, period, stat } = checkedStat(query);
  const step = period * 1000;
  const start = Math.floor(((input.StartTime ?? 0) * 1000) / step) * step;
  const kept = Math.ceil((simulation.now() - retention(period)) / step) * step;
  return simulation.metrics.series({
    accountId,
    region,
    ...metric,
    stat,
    period,
    start: Math.max(start, kept),
    end: Math.ceil(((input.EndTime ?? 0) * 1000) / step) * step,
  });
}

const isPeriod = (seconds: number): boolean =>
  [1, 5, 10, 20, 30].includes(seconds) || (seconds >= 60 && seconds % 60 === 0);
const statistic = /^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?|p100)$/;

function checkedStat(query: MetricQuery): { metric: MetricId; period: number; stat: string } {
  if (query.Expression !== undefined) throw invalid(`Expressions are not simulated (${query.Id}).`);
  const { Metric: metric = {}, Period: period = 0, Stat: stat = '' } = query.MetricStat ?? {};
  if (!statistic.test(stat)) throw invalid(`Statistic '${stat}' of ${query.Id} is not simulated.`);
  if (!isPeriod(period)) {
    throw invalid(`Period of ${query.Id} must be 1, 5, 10, 20, 30 or a multiple of 60.`);
  }
  return { metric: metricOf(metric, query.Id), period, stat };
}

function metricOf({ Namespace, MetricName, Dimensions = [] }: MetricJson, id: string): MetricId {
  if (!Namespace || !MetricName) throw invalid(`MetricStat of ${id} is incomplete.`);
  const dimensions = Dimensions.map(({ Name, Value }) => ({ name: Name, value: Value }));
  return { namespace: Namespace, metricName: MetricName, dimensions };
}

/** How long CloudWatch keeps points: under 1 min 3 h, 1 min 15 d, 5 min 63 d, 1 h 455 d. */
function retention(period: number): number {
  const hour = 3_600_000;
  if (period < 60) return 3 * hour;
  if (period < 300) return 15 * 24 * hour;
  return (period < 3600 ? 63 : 455) * 24 * hour;
}

interface Cut {
  readonly from: number;
  readonly count: number;
  readonly ascending: boolean;
}

function cut(
  query: MetricQuery,
  { timestamps, values }: Series,
  { from, count, ascending }: Cut,
): MetricResult {
  const total = values.length;
  const until = Math.min(total, from + count);
  const Timestamps: number[] = [];
  const Values: number[] = [];
  for (let i = from; i < until; i++) {
    const at = ascending ? i : total - 1 - i;
    Timestamps.push((timestamps[at] as number) / 1000);
    Values.push(values[at] as number);
  }
  const label = query.Label ?? query.MetricStat?.Metric?.MetricName ?? query.Id;
  return {
    Id: query.Id,
    Label: label,
    Timestamps,
    Values,
    StatusCode: until < total ? 'PartialData' : 'Complete',
  };
}

const tokenAt = (query: number, point: number): string => writeToken(`${query}.${point}`);

function position(token: string): { query: number; point: number } {
  const [query = NaN, point = NaN] = readToken(token, 'InvalidParameterValue').split('.').map(Number);
  if (!Number.isInteger(query) || !Number.isInteger(point)) throw invalid('NextToken is not valid.');
  return { query, point };
}

const invalid = (message: string): AwsError => new AwsError('ValidationError', message);

import type { MetricId } from '../../metric-source.js';
import { awsJson } from '../../protocols/json.protocol.js';
import type { Service } from '../../protocols/protocol.js';
import type { Call } from '../../simulation.js';
import { getMetricData } from './metric-data.cloudwatch.js';
import { pageByKey } from '../page.js';

/** The installed client speaks JSON 1.0 with a compressed body and still expects Query error codes. */
export const cloudwatch: Service = {
  scope: 'monitoring',
  protocol: awsJson({ version: '1.0', queryCompatible: true, refusals: { throttled: ['Throttling', 400] } }),
  operations: { GetMetricData: getMetricData, ListMetrics: listMetrics },
};

interface ListMetricsInput {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value?: string }[];
  readonly NextToken?: string;
}

function listMetrics(call: Call, input: ListMetricsInput) {
  const found = call.simulation.metrics
    .list(call.accountId, call.region)
    .filter((metric) => fits(metric, input));
  const page = pageByKey(found, keyOf, {
    token: input.NextToken,
    size: 500,
    badToken: 'InvalidParameterValue',
  });
  const Metrics = page.items.map((metric) => ({
    Namespace: metric.namespace,
    MetricName: metric.metricName,
    Dimensions: metric.dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
  }));
  return { Metrics, NextToken: page.next };
}

function fits(metric: MetricId, { Namespace, MetricName, Dimensions = [] }: ListMetricsInput): boolean {
  if (Namespace !== undefined && metric.namespace !== Namespace) return false;
  if (MetricName !== undefined && metric.metricName !== MetricName) return false;
  return Dimensions.every(({ Name, Value }) =>
    metric.dimensions.some(({ name, value }) => name === Name && (Value === undefined || value === Value)),
  );
}

const keyOf = (metric: MetricId): string =>
  `${metric.namespace} ${metric.metricName} ${metric.dimensions.map(({ name, value }) => `${name}=${value}`).join(' ')}`;

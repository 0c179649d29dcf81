import type { MetricSeries, Resource } from '@trimtab/contracts';

/** How the points of a query become series of the resource. */
export type Reading =
  /** As they are. */
  | 'points'
  /** Five-minute sums → hourly sums, and the highest five-minute rate of each hour. */
  | 'hourly-sum-and-peak-rate'
  /** Queries of one group are added point by point (one series for several target groups). */
  | 'added';

/** One metric of one resource to ask for: what a check needs, over `days` before the scan. */
export interface WantedMetric {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: MetricSeries['stat'];
  readonly unit: string;
  /** Seconds. */
  readonly period: number;
  readonly days: number;
  readonly reading: Reading;
}

export const FIVE_MINUTES = 300;
export const HOUR = 3_600;
export const DAY = 86_400;

/** Functions, load balancers, buckets and log groups are judged by a month of days. */
const MONTH_DAYS = 30;

/** Dimensions under which the CloudWatch agent reports memory, by instance id. */
export type MemoryDimensions = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** The metrics of a resource that the checks read; none where nothing is measured. */
export function wantedMetrics(
  resource: Resource,
  lookbackDays: number,
  memory: MemoryDimensions,
): WantedMetric[] {
  switch (resource.type) {
    case 'ec2:instance':
      return instanceMetrics(resource.id, lookbackDays, memory.get(resource.id));
    case 'ec2:volume':
      return volumeMetrics(resource.id, resource.attributes, lookbackDays);
    case 'rds:db-instance':
      return databaseMetrics(resource.id, lookbackDays);
    case 'lambda:function':
      return [
        sum('AWS/Lambda', 'Invocations', { FunctionName: resource.id }, 'Count', DAY, monthOf(lookbackDays)),
      ];
    case 's3:bucket':
      return bucketMetrics(resource.id, monthOf(lookbackDays));
    case 'elasticloadbalancing:loadbalancer':
      return loadBalancerMetrics(resource.arn, resource.attributes, monthOf(lookbackDays));
    case 'logs:log-group':
      return [
        sum('AWS/Logs', 'IncomingBytes', { LogGroupName: resource.id }, 'Bytes', DAY, monthOf(lookbackDays)),
      ];
    case 'ec2:snapshot':
      return [];
    case 'ec2:elastic-ip':
      return [];
  }
}

const monthOf = (lookbackDays: number): number => Math.max(MONTH_DAYS, lookbackDays);

const sum = (
  namespace: string,
  metric: string,
  dimensions: Readonly<Record<string, string>>,
  unit: string,
  period: number,
  days: number,
): WantedMetric => ({ namespace, metric, dimensions, stat: 'Sum', unit, period, days, reading: 'points' });

const maximum = (
  namespace: string,
  metric: string,
  dimensions: Readonly<Record<string, string>>,
  unit: string,
  period: number,
  days: number,
): WantedMetric => ({
  namespace,
  metric,
  dimensions,
  stat: 'Maximum',
  unit,
  period,
  days,
  reading: 'points',
});

function instanceMetrics(
  id: string,
  days: number,
  memory?: Readonly<Record<string, string>>,
): WantedMetric[] {
  const by = { InstanceId: id };
  return [
    maximum('AWS/EC2', 'CPUUtilization', by, 'Percent', FIVE_MINUTES, days),
    sum('AWS/EC2', 'NetworkIn', by, 'Bytes', HOUR, days),
    sum('AWS/EC2', 'NetworkOut', by, 'Bytes', HOUR, days),
    ...(memory ? [maximum('CWAgent', 'mem_used_percent', memory, 'Percent', FIVE_MINUTES, days)] : []),
  ];
}

const volumeCounters = [
  ['VolumeReadOps', 'Count'],
  ['VolumeWriteOps', 'Count'],
  ['VolumeReadBytes', 'Bytes'],
  ['VolumeWriteBytes', 'Bytes'],
] as const;

/** Types that a check may turn into gp3: their peaks decide how much gp3 must be given. */
const convertible = new Set(['gp2', 'io1', 'io2']);

interface VolumeAttributes {
  readonly volumeType: string;
  readonly attachedTo: readonly string[];
}

/** EBS publishes nothing for a volume that is attached to nothing. */
function volumeMetrics(
  id: string,
  { volumeType, attachedTo }: VolumeAttributes,
  days: number,
): WantedMetric[] {
  if (attachedTo.length === 0) return [];
  const peaks = convertible.has(volumeType);
  return volumeCounters.map(([metric, unit]) => ({
    ...sum('AWS/EBS', metric, { VolumeId: id }, unit, peaks ? FIVE_MINUTES : HOUR, days),
    reading: peaks ? 'hourly-sum-and-peak-rate' : 'points',
  }));
}

function databaseMetrics(id: string, days: number): WantedMetric[] {
  const by = { DBInstanceIdentifier: id };
  return [
    maximum('AWS/RDS', 'DatabaseConnections', by, 'Count', HOUR, days),
    maximum('AWS/RDS', 'CPUUtilization', by, 'Percent', HOUR, days),
  ];
}

/** S3 publishes storage once a day, for each storage class apart. */
function bucketMetrics(name: string, days: number): WantedMetric[] {
  const daily = (metric: string, StorageType: string, unit: string): WantedMetric => ({
    ...sum('AWS/S3', metric, { BucketName: name, StorageType }, unit, DAY, days),
    stat: 'Average',
  });
  return [
    daily('BucketSizeBytes', 'StandardStorage', 'Bytes'),
    daily('NumberOfObjects', 'AllStorageTypes', 'Count'),
  ];
}

const balancerKinds: Readonly<Record<string, { namespace: string; traffic: string }>> = {
  application: { namespace: 'AWS/ApplicationELB', traffic: 'RequestCount' },
  network: { namespace: 'AWS/NetworkELB', traffic: 'NewFlowCount' },
  gateway: { namespace: 'AWS/GatewayELB', traffic: 'NewFlowCount' },
};

interface BalancerAttributes {
  readonly type: string;
  readonly targetGroups: readonly { readonly arn: string }[];
}

function loadBalancerMetrics(arn: string, attributes: BalancerAttributes, days: number): WantedMetric[] {
  const kind = balancerKinds[attributes.type];
  if (!kind) return [];
  const LoadBalancer = arn.split(':loadbalancer/')[1] ?? arn;
  const healthy = attributes.targetGroups.map((group): WantedMetric => ({
    ...maximum(
      kind.namespace,
      'HealthyHostCount',
      { LoadBalancer, TargetGroup: group.arn.split(':').at(-1) ?? '' },
      'Count',
      DAY,
      days,
    ),
    reading: 'added',
  }));
  return [sum(kind.namespace, kind.traffic, { LoadBalancer }, 'Count', DAY, days), ...healthy];
}

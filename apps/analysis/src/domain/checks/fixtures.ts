import type {
  CostFact,
  InstanceTypeSpec,
  MetricSeries,
  PriceEntry,
  Resource,
  ResourceOf,
  ResourceType,
} from '@trimtab/contracts';
import { DAY_MS } from '@trimtab/kernel';
import { BillRates } from '../bill-rates.js';
import { Facts } from '../facts.js';
import { PriceBook } from '../price-book.js';

/** Small resources for the specs of the checks: each maker takes what matters to the spec. */
export const AS_OF = new Date('2026-11-20T00:00:00Z');
export const daysAgo = (days: number): string => new Date(AS_OF.getTime() - days * DAY_MS).toISOString();

/** A constant series over the look-back. */
export function series(
  metric: string,
  stat: MetricSeries['stat'],
  value: number,
  period = 300,
  days = 14,
): MetricSeries {
  const values = Array.from({ length: (days * 86_400) / period }, (): number | null => value);
  return { metric, stat, unit: 'None', start: daysAgo(days), period, values };
}

const common = (type: string, id: string) => ({
  arn: `arn:aws:${type}:us-east-1:1:${id}`,
  id,
  accountId: '1',
  region: 'us-east-1',
  tags: {},
  createdAt: daysAgo(200),
  metrics: [],
});

type Overrides<T extends ResourceType> = Partial<ResourceOf<T>['attributes']> &
  Partial<Pick<Resource, 'metrics' | 'tags' | 'createdAt'>>;

function make<T extends ResourceType>(type: T, id: string, attributes: ResourceOf<T>['attributes']) {
  return ({ metrics = [], tags = {}, createdAt = daysAgo(200), ...changed }: Overrides<T>): ResourceOf<T> =>
    ({
      ...common(type, id),
      type,
      metrics,
      tags,
      createdAt,
      attributes: { ...attributes, ...changed },
    }) as unknown as ResourceOf<T>;
}

export const instance = make('ec2:instance', 'i-1', {
  instanceType: 'm5.xlarge',
  state: 'running',
  launchedAt: daysAgo(200),
  architecture: 'x86_64',
  platformDetails: 'Linux/UNIX',
  rootDeviceType: 'ebs',
  availabilityZone: 'us-east-1a',
  volumeIds: [],
  detailedMonitoring: false,
});
export const volume = make('ec2:volume', 'vol-1', {
  volumeType: 'gp3',
  sizeGiB: 100,
  state: 'in-use',
  availabilityZone: 'us-east-1a',
  encrypted: true,
  attachedTo: ['i-9'],
});
export const snapshot = make('ec2:snapshot', 'snap-1', {
  volumeId: 'vol-gone',
  sizeGiB: 100,
  state: 'completed',
  imageIds: [],
});
export const address = make('ec2:elastic-ip', 'eipalloc-1', { publicIp: '192.0.2.1' });
export const database = make('rds:db-instance', 'db-1', {
  dbInstanceClass: 'db.m6g.large',
  engine: 'postgres',
  engineVersion: '16.4',
  status: 'available',
  multiAz: false,
  storageType: 'gp3',
  allocatedStorageGiB: 100,
  deletionProtection: false,
});
export const lambda = make('lambda:function', 'fn-1', {
  runtime: 'nodejs20.x',
  memoryMiB: 128,
  timeoutSeconds: 3,
  architectures: ['arm64'],
  codeBytes: 1_000,
  lastModifiedAt: daysAgo(100),
});
export const bucket = make('s3:bucket', 'bucket-1', { incompleteUploads: [] });
export const balancer = make('elasticloadbalancing:loadbalancer', 'lb-1', {
  type: 'application',
  scheme: 'internal',
  dnsName: 'lb.example',
  targetGroups: [],
});
export const logGroup = make('logs:log-group', '/app', { storedBytes: 0 });

const type = (
  instanceType: string,
  vcpu: number,
  memoryMiB: number,
  [ebsBaselineMbps, ebsBaselineIops]: readonly [number, number],
): InstanceTypeSpec => ({
  instanceType,
  vcpu,
  memoryMiB,
  architecture: 'x86_64',
  clockGHz: 3.1,
  currentGeneration: true,
  burstable: false,
  hypervisor: 'nitro',
  networkBaselineMbps: 750,
  ebsBaselineMbps,
  ebsBaselineIops,
});
export const instanceTypes = [
  type('m5.large', 2, 8_192, [650, 3_600]),
  type('m5.xlarge', 4, 16_384, [1_150, 6_000]),
  type('m5.2xlarge', 8, 32_768, [2_300, 12_000]),
];

const price = (
  serviceCode: string,
  usageType: string,
  amount: string,
  attributes: Record<string, string> = {},
): PriceEntry => ({
  serviceCode,
  region: 'us-east-1',
  sku: usageType,
  productFamily: '',
  usageType,
  attributes,
  unit: '',
  price: amount,
  currency: 'USD',
  effectiveDate: '2026-01-01',
});
export const prices = [
  price('AmazonEC2', 'BoxUsage:m5.large', '0.096'),
  price('AmazonEC2', 'BoxUsage:m5.xlarge', '0.192'),
  price('AmazonEC2', 'BoxUsage:m5.2xlarge', '0.384'),
  price('AmazonEC2', 'EBS:VolumeUsage.gp2', '0.1'),
  price('AmazonEC2', 'EBS:VolumeUsage.gp3', '0.08'),
  price('AmazonEC2', 'EBS:VolumeP-IOPS.gp3', '0.005'),
  price('AmazonEC2', 'EBS:VolumeP-Throughput.gp3', '40.96'),
  price('AmazonEC2', 'EBS:SnapshotUsage', '0.05'),
  price('AmazonVPC', 'PublicIPv4:IdleAddress', '0.005'),
  price('AmazonRDS', 'InstanceUsage:db.m6g.large', '0.159', { databaseEngine: 'PostgreSQL' }),
  price('AmazonS3', 'TimedStorage-ByteHrs', '0.023'),
  price('AWSELB', 'LoadBalancerUsage', '0.0225', { operation: 'LoadBalancing:Application' }),
  price('AmazonCloudWatch', 'TimedStorage-ByteHrs', '0.03'),
];

/** A day of the bill with one unit of a usage type at an effective rate. */
export const rate = (
  usageType: string,
  effectiveCost: string,
  service = 'Amazon Elastic Compute Cloud - Compute',
): CostFact => ({
  day: '2026-11-18',
  accountId: '1',
  region: 'us-east-1',
  service,
  usageType,
  chargeCategory: 'Usage',
  billedCost: effectiveCost,
  effectiveCost,
  listCost: null,
  consumedQuantity: '1',
  consumedUnit: 'Hrs',
  currency: 'USD',
});

export const factsOf = (resources: readonly Resource[], bill: readonly CostFact[] = []): Facts =>
  new Facts(AS_OF, new PriceBook(prices), new BillRates('USD', bill, AS_OF), resources, instanceTypes);

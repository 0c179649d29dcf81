/**
 * List prices of us-east-1 that are not in the EC2 type file, USD, written down from AWS's public price pages for
 * the simulation: service code, product family, usage type without region prefix, unit, price, attributes.
 */
export type TableRow = readonly [
  service: string,
  family: string,
  usageType: string,
  unit: string,
  usd: number,
  attributes: Readonly<Record<string, string>>,
];

const ebs = (api: string, usageType: string, usd: number): TableRow => [
  'AmazonEC2',
  'Storage',
  usageType,
  'GB-Mo',
  usd,
  { volumeApiName: api, volumeType: EBS_KINDS[api] ?? api },
];
const ebsIops = (api: string, usageType: string, usd: number): TableRow => [
  'AmazonEC2',
  'System Operation',
  usageType,
  'IOPS-Mo',
  usd,
  { volumeApiName: api, volumeType: EBS_KINDS[api] ?? api, group: 'EBS IOPS' },
];
const EBS_KINDS: Record<string, string> = {
  gp2: 'General Purpose',
  gp3: 'General Purpose',
  io1: 'Provisioned IOPS',
  io2: 'Provisioned IOPS',
  st1: 'Throughput Optimized HDD',
  sc1: 'Cold HDD',
  standard: 'Magnetic',
};

const EC2: readonly TableRow[] = [
  ebs('gp2', 'EBS:VolumeUsage.gp2', 0.1),
  ebs('gp3', 'EBS:VolumeUsage.gp3', 0.08),
  ebs('io1', 'EBS:VolumeUsage.piops', 0.125),
  ebs('io2', 'EBS:VolumeUsage.io2', 0.125),
  ebs('st1', 'EBS:VolumeUsage.st1', 0.045),
  ebs('sc1', 'EBS:VolumeUsage.sc1', 0.015),
  ebs('standard', 'EBS:VolumeUsage', 0.05),
  ebsIops('gp3', 'EBS:VolumeP-IOPS.gp3', 0.005),
  ebsIops('io1', 'EBS:VolumeP-IOPS.piops', 0.065),
  ebsIops('io2', 'EBS:VolumeP-IOPS.io2', 0.065),
  [
    'AmazonEC2',
    'Provisioned Throughput',
    'EBS:VolumeP-Throughput.gp3',
    'GiBps-mo',
    40.96,
    { volumeApiName: 'gp3', volumeType: 'General Purpose', group: 'EBS Throughput' },
  ],
  ['AmazonEC2', 'Storage Snapshot', 'EBS:SnapshotUsage', 'GB-Mo', 0.05, { storageMedia: 'Amazon S3' }],
  [
    'AmazonEC2',
    'NAT Gateway',
    'NatGateway-Hours',
    'Hrs',
    0.045,
    { group: 'NGW:NatGateway', operation: 'NatGateway' },
  ],
  [
    'AmazonEC2',
    'NAT Gateway',
    'NatGateway-Bytes',
    'GB',
    0.045,
    { group: 'NGW:NatGateway', operation: 'NatGateway' },
  ],
];

const vpc = (usageType: string): TableRow => [
  'AmazonVPC',
  'VpcPublicIPv4Address',
  usageType,
  'Hrs',
  0.005,
  { group: 'VPCPublicIPv4Address', operation: usageType.replace('PublicIPv4:', '') },
];
const balancer = (kind: string, usd: number, capacity: number): TableRow[] => [
  ['AWSELB', `Load Balancer-${kind}`, 'LoadBalancerUsage', 'Hrs', usd, lb(kind, 'ELB:Balancer')],
  ['AWSELB', `Load Balancer-${kind}`, 'LCUUsage', 'LCU-Hrs', capacity, lb(kind, 'ELB:Balancer')],
];
const lb = (kind: string, group: string) => ({ operation: `LoadBalancing:${kind}`, group });

const s3 = (usageType: string, usd: number, volumeType: string): TableRow => [
  'AmazonS3',
  'Storage',
  usageType,
  'GB-Mo',
  usd,
  { volumeType, storageClass: volumeType === 'Standard' ? 'General Purpose' : 'Infrequent Access' },
];
const s3Requests = (tier: string, usd: number): TableRow => [
  'AmazonS3',
  'API Request',
  `Requests-${tier}`,
  'Requests',
  usd,
  { group: `S3-API-${tier}` },
];
const lambda = (group: string, usageType: string, unit: string, usd: number): TableRow => [
  'AWSLambda',
  'Serverless',
  usageType,
  unit,
  usd,
  { group, operation: 'Invoke' },
];
const watch = (family: string, usageType: string, unit: string, usd: number, group: string): TableRow => [
  'AmazonCloudWatch',
  family,
  usageType,
  unit,
  usd,
  { group },
];

export const PRICE_TABLE: readonly TableRow[] = [
  ...EC2,
  vpc('PublicIPv4:IdleAddress'),
  vpc('PublicIPv4:InUseAddress'),
  ...balancer('Application', 0.0225, 0.008),
  ...balancer('Network', 0.0225, 0.006),
  ...balancer('Gateway', 0.0125, 0.004),
  s3('TimedStorage-ByteHrs', 0.023, 'Standard'),
  s3('TimedStorage-SIA-ByteHrs', 0.0125, 'Standard - Infrequent Access'),
  s3('TimedStorage-GIR-ByteHrs', 0.004, 'Glacier Instant Retrieval'),
  s3Requests('Tier1', 0.000005),
  s3Requests('Tier2', 0.0000004),
  lambda('AWS-Lambda-Duration', 'Lambda-GB-Second', 'Lambda-GB-Second', 0.0000166667),
  lambda('AWS-Lambda-Duration-ARM', 'Lambda-GB-Second-ARM', 'Lambda-GB-Second', 0.0000133334),
  lambda('AWS-Lambda-Requests', 'Request', 'Requests', 0.0000002),
  lambda('AWS-Lambda-Requests-ARM', 'Request-ARM', 'Requests', 0.0000002),
  watch('Data Payload', 'DataProcessing-Bytes', 'GB', 0.5, 'Ingested Logs'),
  watch('Storage Snapshot', 'TimedStorage-ByteHrs', 'GB-Mo', 0.03, 'Archived Logs'),
  watch('Metric', 'CW:MetricMonitorUsage', 'Metrics', 0.3, 'Metric'),
  watch('Alarm', 'CW:AlarmMonitorUsage', 'Alarms', 0.1, 'Alarm'),
];

/** USD per hour, Single-AZ, MySQL and MariaDB; PostgreSQL is 4.6 % dearer, Multi-AZ twice as much. */
export const DB_CLASSES: Readonly<Record<string, number>> = {
  'db.t4g.medium': 0.065,
  'db.t4g.large': 0.129,
  'db.m6g.large': 0.152,
  'db.m6g.xlarge': 0.304,
  'db.m6g.2xlarge': 0.608,
  'db.r6g.large': 0.215,
  'db.r6g.xlarge': 0.43,
  'db.r6g.2xlarge': 0.86,
};

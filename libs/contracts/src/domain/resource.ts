import { z } from 'zod';
import { AccountId, Instant, Region, TagMap } from './common.js';

/** The AWS services that discovery scans, by the name used in settings, flags and coverage. */
export const ScannedService = z.enum(['ec2', 'ebs', 'rds', 'lambda', 's3', 'elb', 'cloudwatch-logs']);
export type ScannedService = z.infer<typeof ScannedService>;

/**
 * A metric series of a resource. `values[i]` covers `[start + i·period, start + (i+1)·period)`;
 * null = no datapoint. `unit` as CloudWatch names it.
 */
export const MetricSeries = z.object({
  metric: z.string(),
  stat: z.enum(['Average', 'Maximum', 'Minimum', 'Sum', 'SampleCount']),
  unit: z.string(),
  start: Instant,
  /** Seconds. */
  period: z.int().positive(),
  values: z.array(z.number().nullable()),
});
export type MetricSeries = z.infer<typeof MetricSeries>;

const common = {
  /** ARN, or `<type>/<id>` where the service has no ARN in its answer. */
  arn: z.string(),
  /** The id that AWS APIs take: instance id, volume id, allocation id, DB identifier, bucket name, log group name … */
  id: z.string(),
  accountId: AccountId,
  region: Region,
  name: z.string().optional(),
  tags: TagMap,
  createdAt: Instant.optional(),
  metrics: z.array(MetricSeries),
};

export const Ec2Instance = z.object({
  ...common,
  type: z.literal('ec2:instance'),
  attributes: z.object({
    instanceType: z.string(),
    state: z.string(),
    /** When the instance was stopped, parsed from StateTransitionReason. */
    stoppedAt: Instant.optional(),
    launchedAt: Instant,
    architecture: z.string(),
    platformDetails: z.string(),
    rootDeviceType: z.string(),
    imageId: z.string().optional(),
    availabilityZone: z.string(),
    volumeIds: z.array(z.string()),
    publicIp: z.string().optional(),
    detailedMonitoring: z.boolean(),
  }),
});

export const EbsVolume = z.object({
  ...common,
  type: z.literal('ec2:volume'),
  attributes: z.object({
    volumeType: z.string(),
    sizeGiB: z.int(),
    iops: z.int().optional(),
    throughputMiBps: z.int().optional(),
    state: z.string(),
    availabilityZone: z.string(),
    encrypted: z.boolean(),
    attachedTo: z.array(z.string()),
    /** Last DetachVolume event in CloudTrail, when the volume is not attached and the event is known. */
    detachedAt: Instant.optional(),
  }),
});

export const EbsSnapshot = z.object({
  ...common,
  type: z.literal('ec2:snapshot'),
  attributes: z.object({
    volumeId: z.string(),
    sizeGiB: z.int(),
    state: z.string(),
    /** AMIs that use this snapshot. */
    imageIds: z.array(z.string()),
  }),
});

export const ElasticIp = z.object({
  ...common,
  type: z.literal('ec2:elastic-ip'),
  attributes: z.object({
    publicIp: z.string(),
    associationId: z.string().optional(),
    instanceId: z.string().optional(),
    /** Last AllocateAddress or DisassociateAddress event in CloudTrail, when known. */
    idleSince: Instant.optional(),
  }),
});

export const RdsInstance = z.object({
  ...common,
  type: z.literal('rds:db-instance'),
  attributes: z.object({
    dbInstanceClass: z.string(),
    engine: z.string(),
    engineVersion: z.string(),
    status: z.string(),
    multiAz: z.boolean(),
    storageType: z.string(),
    allocatedStorageGiB: z.int(),
    iops: z.int().optional(),
    readReplicaSource: z.string().optional(),
    deletionProtection: z.boolean(),
  }),
});

export const LambdaFunction = z.object({
  ...common,
  type: z.literal('lambda:function'),
  attributes: z.object({
    runtime: z.string(),
    memoryMiB: z.int(),
    timeoutSeconds: z.int(),
    architectures: z.array(z.string()),
    codeBytes: z.int(),
    lastModifiedAt: Instant,
    reservedConcurrency: z.int().optional(),
  }),
});

export const S3Bucket = z.object({
  ...common,
  type: z.literal('s3:bucket'),
  attributes: z.object({
    /** Lifecycle rules as the S3 API gives them; absent = NoSuchLifecycleConfiguration. */
    lifecycleRules: z.array(z.record(z.string(), z.unknown())).optional(),
    versioning: z.string().optional(),
    /** Uploads that were started and neither completed nor aborted. */
    incompleteUploads: z.array(z.object({ initiatedAt: Instant, bytes: z.number() })),
  }),
});

export const LoadBalancer = z.object({
  ...common,
  type: z.literal('elasticloadbalancing:loadbalancer'),
  attributes: z.object({
    type: z.string(),
    scheme: z.string(),
    dnsName: z.string(),
    targetGroups: z.array(z.object({ arn: z.string(), registeredTargets: z.int(), healthyTargets: z.int() })),
  }),
});

export const LogGroup = z.object({
  ...common,
  type: z.literal('logs:log-group'),
  attributes: z.object({ retentionInDays: z.int().optional(), storedBytes: z.number() }),
});

/** One line of an inventory shard (NDJSON). */
export const Resource = z.discriminatedUnion('type', [
  Ec2Instance,
  EbsVolume,
  EbsSnapshot,
  ElasticIp,
  RdsInstance,
  LambdaFunction,
  S3Bucket,
  LoadBalancer,
  LogGroup,
]);
export type Resource = z.infer<typeof Resource>;
export type ResourceType = Resource['type'];
export type ResourceOf<T extends ResourceType> = Extract<Resource, { type: T }>;

/** What an instance type offers; network and EBS figures are baselines, not "up to". */
export const InstanceTypeSpec = z.object({
  instanceType: z.string(),
  vcpu: z.int(),
  memoryMiB: z.int(),
  architecture: z.enum(['x86_64', 'arm64']),
  clockGHz: z.number(),
  currentGeneration: z.boolean(),
  burstable: z.boolean(),
  hypervisor: z.string(),
  networkBaselineMbps: z.number(),
  ebsBaselineMbps: z.number(),
  ebsBaselineIops: z.number(),
});
export type InstanceTypeSpec = z.infer<typeof InstanceTypeSpec>;

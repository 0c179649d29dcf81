/** What the company owns. Times are epoch milliseconds UTC; sizes are in the unit of the AWS field they feed. */
export type Tags = Readonly<Record<string, string>>;

export interface Owned {
  readonly accountId: string;
  readonly region: string;
  tags: Record<string, string>;
}

export interface Instance extends Owned {
  readonly id: string;
  instanceType: string;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'terminated';
  /** As EC2 writes it, for example `User initiated (2026-10-01 04:05:06 GMT)`. */
  stateTransitionReason: string;
  readonly launchTime: number;
  readonly availabilityZone: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly platformDetails: string;
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly imageId: string;
  monitoring: 'enabled' | 'disabled';
  volumeIds: string[];
  publicIp?: string;
  readonly privateIp: string;
  /** `owner` marks instances of an Auto Scaling group, a CloudFormation stack or EKS through their usual tags. */
  readonly usage: UsageProfile;
}

/** How a resource is used: the metric functions turn this into series (deterministic by seed and id). */
export interface UsageProfile {
  /** 0..1 of capacity, the daily peak of the mean curve. */
  readonly peak: number;
  readonly base: number;
  readonly daily: boolean;
  readonly weekly: boolean;
  readonly noise: number;
  /** Whether the CloudWatch agent reports memory. */
  readonly memory?: { readonly base: number; readonly peak: number };
  /** Network bytes per second in and out at the peak. */
  readonly networkPeak: number;
  /** Datapoints exist from this moment only (epoch ms), for example after a broken agent. */
  readonly reportsFrom?: number;
  /** A weekly job (UTC) that lifts the CPU to `level` (0..1) for `hours`. */
  readonly weeklyJob?: {
    readonly weekday: number;
    readonly hour: number;
    readonly hours: number;
    readonly level: number;
  };
}

export interface Volume extends Owned {
  readonly id: string;
  volumeType: 'gp2' | 'gp3' | 'io1' | 'io2' | 'st1' | 'sc1' | 'standard';
  readonly size: number;
  iops?: number;
  throughput?: number;
  state: 'available' | 'in-use' | 'creating' | 'deleting';
  readonly createTime: number;
  readonly availabilityZone: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  snapshotId?: string;
  attachedTo?: { instanceId: string; device: string; attachTime: number; deleteOnTermination: boolean };
  /** Peak operations and bytes per second, for the AWS/EBS metrics. */
  readonly peakIops: number;
  readonly peakBytesPerSecond: number;
  /** Modifications of the last 24 hours (epoch ms). */
  readonly modifications: number[];
}

export interface Snapshot extends Owned {
  readonly id: string;
  readonly volumeId: string;
  readonly size: number;
  state: 'pending' | 'completed';
  readonly startTime: number;
  readonly description: string;
}

export interface Image extends Owned {
  readonly id: string;
  readonly name: string;
  readonly creationDate: number;
  readonly snapshotIds: readonly string[];
  readonly architecture: 'x86_64' | 'arm64';
}

export interface Address extends Owned {
  readonly allocationId: string;
  readonly publicIp: string;
  associationId?: string;
  instanceId?: string;
}

export interface Database extends Owned {
  readonly id: string;
  dbInstanceClass: string;
  readonly engine: string;
  readonly engineVersion: string;
  status: 'available' | 'stopped' | 'stopping' | 'starting' | 'modifying';
  multiAz: boolean;
  storageType: string;
  allocatedStorage: number;
  iops?: number;
  readonly createTime: number;
  readonly readReplicaSource?: string;
  deletionProtection: boolean;
  /** Peak connections; 0 for an idle database. */
  readonly connectionsPeak: number;
  readonly usage: UsageProfile;
}

export interface LambdaFunction extends Owned {
  readonly name: string;
  readonly runtime: string;
  memorySize: number;
  readonly timeout: number;
  readonly architecture: 'x86_64' | 'arm64';
  readonly codeSize: number;
  readonly lastModified: number;
  reservedConcurrency?: number;
  readonly invocationsPerDay: number;
  readonly averageDurationMs: number;
}

export interface Bucket extends Owned {
  readonly name: string;
  readonly creationDate: number;
  /** Lifecycle rules as the S3 API has them; undefined = NoSuchLifecycleConfiguration. */
  lifecycle?: LifecycleRule[];
  versioning: 'Enabled' | 'Suspended' | undefined;
  readonly sizeBytes: number;
  readonly objects: number;
  readonly uploads: readonly MultipartUpload[];
}

export interface LifecycleRule {
  readonly id: string;
  readonly status: 'Enabled' | 'Disabled';
  readonly prefix: string;
  readonly expirationDays?: number;
  readonly abortIncompleteMultipartDays?: number;
  readonly noncurrentDays?: number;
  readonly transition?: { readonly days: number; readonly storageClass: string };
}

export interface MultipartUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: number;
  readonly partSizes: readonly number[];
}

export interface LoadBalancer extends Owned {
  readonly arn: string;
  readonly name: string;
  readonly type: 'application' | 'network' | 'gateway';
  readonly scheme: 'internet-facing' | 'internal';
  readonly createdTime: number;
  readonly dnsName: string;
  readonly requestsPerDay: number;
}

export interface TargetGroup extends Owned {
  readonly arn: string;
  readonly name: string;
  readonly loadBalancerArns: readonly string[];
  readonly targets: {
    readonly id: string;
    readonly port: number;
    readonly health: 'healthy' | 'unhealthy';
  }[];
}

export interface LogGroup extends Owned {
  readonly name: string;
  readonly creationTime: number;
  retentionInDays?: number;
  readonly storedBytes: number;
  readonly incomingBytesPerDay: number;
  /** From this moment (epoch ms) the group takes in this many more bytes per day. */
  readonly incomingShift?: { readonly from: number; readonly extraBytesPerDay: number };
}

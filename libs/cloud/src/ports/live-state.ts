import type { Tags } from './scope.js';

/** State of one resource as a scan lists it and as an effect reads it just before and after. Times are RFC 3339 UTC. */
export interface LiveInstance {
  readonly id: string;
  /** The account that owns it, where the answer says so. */
  readonly ownerId?: string;
  /** pending, running, shutting-down, terminated, stopping, stopped. */
  readonly state: string;
  readonly instanceType: string;
  readonly rootDeviceType: string;
  readonly availabilityZone: string;
  readonly architecture: string;
  /** As EC2 writes it, for example `User initiated (2026-10-01 04:05:06 GMT)`. */
  readonly stateTransitionReason: string;
  readonly launchedAt: string;
  readonly platformDetails: string;
  readonly imageId?: string;
  readonly detailedMonitoring: boolean;
  readonly volumeIds: readonly string[];
  readonly publicIp?: string;
  readonly tags: Tags;
}

export interface LiveVolume {
  readonly id: string;
  /** creating, available, in-use, deleting, deleted, error. */
  readonly state: string;
  readonly volumeType: string;
  readonly sizeGiB: number;
  readonly iops?: number;
  readonly throughputMiBps?: number;
  readonly availabilityZone: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  readonly snapshotId?: string;
  readonly createdAt?: string;
  readonly attachedTo: readonly string[];
  /** State of the newest modification: modifying, optimizing, completed, failed. */
  readonly modification?: string;
  readonly tags: Tags;
}

export interface LiveSnapshot {
  readonly id: string;
  readonly volumeId: string;
  /** pending, completed, error, recoverable, recovering. */
  readonly state: string;
  readonly sizeGiB: number;
  readonly startedAt: string;
  readonly description: string;
  readonly tags: Tags;
}

export interface LiveAddress {
  readonly allocationId: string;
  readonly publicIp: string;
  readonly associationId?: string;
  readonly instanceId?: string;
  readonly tags: Tags;
}

export interface LiveDatabase {
  readonly id: string;
  readonly arn: string;
  /** available, stopped, stopping, starting, modifying, storage-optimization … */
  readonly status: string;
  readonly dbInstanceClass: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly createdAt?: string;
  readonly multiAz: boolean;
  readonly storageType: string;
  readonly allocatedStorageGiB: number;
  readonly iops?: number;
  readonly storageThroughputMiBps?: number;
  readonly deletionProtection: boolean;
  readonly readReplicaSource?: string;
  /** Changes that AWS has accepted and not yet applied. */
  readonly pending: { readonly storageType?: string; readonly iops?: number };
  readonly tags: Tags;
}

export interface LiveFunction {
  readonly name: string;
  readonly arn: string;
  readonly runtime: string;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly architectures: readonly string[];
  readonly codeBytes: number;
  readonly lastModifiedAt: string;
  readonly tags: Tags;
  /** Absent = no reservation: the function shares the account's pool. */
  readonly reservedConcurrency?: number;
}

/** A lifecycle rule as the S3 API writes it; the whole list is replaced by a put. */
export type LifecycleRule = Readonly<Record<string, unknown>>;

export interface LiveBucket {
  readonly name: string;
  /** Absent = the bucket has no lifecycle configuration. */
  readonly lifecycleRules?: readonly LifecycleRule[];
}

export interface TargetGroupState {
  readonly arn: string;
  readonly registeredTargets: number;
  readonly healthyTargets: number;
}

export interface LiveLoadBalancer {
  readonly arn: string;
  readonly name: string;
  /** application, network or gateway. */
  readonly type: string;
  readonly scheme: string;
  readonly dnsName: string;
  readonly state: string;
  readonly createdAt?: string;
  readonly targetGroups: readonly TargetGroupState[];
  readonly tags: Tags;
  /** Descriptions of balancer, listeners and target groups as AWS gave them: what a person rebuilds it from. Absent in lists. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

export interface LiveLogGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt?: string;
  /** Absent = events never expire. */
  readonly retentionInDays?: number;
  readonly storedBytes: number;
  /** Read only for groups without retention (one call each), which are those that an effect can concern. */
  readonly tags: Tags;
}

import type {
  LifecycleRule,
  LiveAddress,
  LiveBucket,
  LiveDatabase,
  LiveFunction,
  LiveInstance,
  LiveLoadBalancer,
  LiveLogGroup,
  LiveSnapshot,
  LiveVolume,
} from './live-state.js';
import type { Tags } from './scope.js';

/**
 * The act side of a cloud in one account and region: live state, and the effects that change it.
 *
 * `describe` answers undefined for what does not exist (any more). An effect resolves when AWS has accepted it:
 * read the state again to verify. Effects without a client token in the AWS API are idempotent in AWS (stopping what
 * is stopped, deleting what is gone is `cloud.not-found`) or can be found again by the tags given to them.
 * An effect is sent once: the adapter repeats it only when AWS throttled it. After `cloud.unavailable` its outcome is
 * unknown, and only the live state may decide whether it is sent again.
 * Every effect is counted as mutating in `Cloud.requests()`.
 *
 * Errors: `cloud.access-denied`, `cloud.not-found`, `cloud.refused` (AWS says that the state or the parameters do
 * not allow it), `cloud.throttled`, `cloud.unavailable`, `cloud.credentials`.
 */
export abstract class CloudActions {
  readonly instances: InstanceActions;
  readonly volumes: VolumeActions;
  readonly snapshots: SnapshotActions;
  readonly addresses: AddressActions;
  readonly databases: DatabaseActions;
  readonly functions: FunctionActions;
  readonly buckets: BucketActions;
  readonly loadBalancers: LoadBalancerActions;
  readonly logGroups: LogGroupActions;

  constructor(parts: ActionParts) {
    this.instances = parts.instances;
    this.volumes = parts.volumes;
    this.snapshots = parts.snapshots;
    this.addresses = parts.addresses;
    this.databases = parts.databases;
    this.functions = parts.functions;
    this.buckets = parts.buckets;
    this.loadBalancers = parts.loadBalancers;
    this.logGroups = parts.logGroups;
  }

  /** Adds or overwrites tags of EC2 resources (instance, volume, snapshot, allocation ids). */
  abstract tag(ids: readonly string[], tags: Tags): Promise<void>;
}

/** The actions of each kind of resource. */
export type ActionParts = Omit<CloudActions, 'tag'>;

export interface InstanceActions {
  describe(id: string): Promise<LiveInstance | undefined>;
  stop(id: string): Promise<void>;
  start(id: string): Promise<void>;
  /** Also deletes the volumes that are marked delete-on-termination. */
  terminate(id: string): Promise<void>;
  /** The instance must be stopped. */
  modifyType(id: string, instanceType: string): Promise<void>;
}

export interface VolumeSpec {
  readonly availabilityZone: string;
  readonly snapshotId?: string;
  readonly volumeType: string;
  readonly sizeGiB: number;
  readonly iops?: number;
  readonly throughputMiBps?: number;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  readonly tags: Tags;
}

export interface VolumeChange {
  readonly volumeType?: string;
  readonly sizeGiB?: number;
  readonly iops?: number;
  readonly throughputMiBps?: number;
}

export interface VolumeActions {
  describe(id: string): Promise<LiveVolume | undefined>;
  /** The same client token (≤ 64 characters) makes one volume. Answers its id. */
  create(spec: VolumeSpec, clientToken: string): Promise<string>;
  /** AWS allows four modifications per volume in 24 hours; a fifth is `cloud.refused`. */
  modify(id: string, change: VolumeChange): Promise<void>;
  /** The volume must be `available`. */
  delete(id: string): Promise<void>;
}

export interface SnapshotActions {
  describe(id: string): Promise<LiveSnapshot | undefined>;
  /** Own snapshots that carry all these tags: how a `create` with an unknown outcome is found again. */
  find(tags: Tags): Promise<LiveSnapshot[]>;
  /** Answers the snapshot's id at once; use `waitUntilCompleted` before anything depends on it. */
  create(volumeId: string, description: string, tags: Tags): Promise<string>;
  /** Polls until `completed`. Throws `cloud.refused` when it ends in error, `cloud.wait-timeout` (later). */
  waitUntilCompleted(id: string, options?: WaitOptions): Promise<LiveSnapshot>;
  delete(id: string): Promise<void>;
}

export interface WaitOptions {
  /** 30 minutes unless told. */
  readonly timeoutMs?: number;
  /** 2 seconds unless told. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

export interface AddressActions {
  /** Takes an allocation id. */
  describe(allocationId: string): Promise<LiveAddress | undefined>;
  release(allocationId: string): Promise<void>;
  /** With `publicIp` it asks for that very address back, which AWS may refuse. Answers the new allocation. */
  allocate(tags: Tags, publicIp?: string): Promise<{ allocationId: string; publicIp: string }>;
}

export interface DatabaseStorage {
  readonly storageType: string;
  readonly allocatedStorageGiB?: number;
  readonly iops?: number;
  readonly storageThroughputMiBps?: number;
}

export interface DatabaseActions {
  describe(id: string): Promise<LiveDatabase | undefined>;
  stop(id: string): Promise<void>;
  start(id: string): Promise<void>;
  /** Applied at once, without a restart; one storage change in 6 hours. */
  modifyStorage(id: string, storage: DatabaseStorage): Promise<void>;
}

export interface FunctionActions {
  describe(name: string): Promise<LiveFunction | undefined>;
  /** 0 keeps the function from running at all. */
  putConcurrency(name: string, reserved: number): Promise<void>;
  deleteConcurrency(name: string): Promise<void>;
}

export interface BucketActions {
  describe(name: string): Promise<LiveBucket | undefined>;
  /** Replaces the whole configuration: merge with the rules that are there. */
  putLifecycle(name: string, rules: readonly LifecycleRule[]): Promise<void>;
  deleteLifecycle(name: string): Promise<void>;
}

export interface LoadBalancerActions {
  describe(arn: string): Promise<LiveLoadBalancer | undefined>;
  delete(arn: string): Promise<void>;
}

export interface LogGroupActions {
  describe(name: string): Promise<LiveLogGroup | undefined>;
  /** AWS takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400 … days. */
  putRetention(name: string, days: number): Promise<void>;
  deleteRetention(name: string): Promise<void>;
}

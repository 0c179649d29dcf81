import type {
  LifecycleRule,
  LiveAddress,
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
 * What exists in one account and region. Every list is read page by page as it is consumed; an error ends it after
 * the items that were read before. Errors as in `CloudActions`, and `cloud.region-disabled`.
 */
export abstract class Inventory {
  abstract instances(): AsyncIterable<LiveInstance>;
  abstract addresses(): AsyncIterable<LiveAddress>;
  /** Own images only. */
  abstract images(): AsyncIterable<OwnImage>;
  abstract volumes(): AsyncIterable<LiveVolume>;
  /** Own snapshots only. */
  abstract snapshots(): AsyncIterable<LiveSnapshot>;
  abstract databases(): AsyncIterable<LiveDatabase>;
  abstract functions(): AsyncIterable<LiveFunction>;
  /** Buckets whose region is the scope's region. */
  abstract buckets(): AsyncIterable<BucketEntry>;
  /** One bucket's configuration and its open multipart uploads. */
  abstract bucket(name: string): Promise<BucketDescription>;
  abstract loadBalancers(): AsyncIterable<LiveLoadBalancer>;
  abstract logGroups(): AsyncIterable<LiveLogGroup>;
  /** Instance types that the region offers. */
  abstract instanceTypes(): AsyncIterable<InstanceTypeDescription>;
}

export interface OwnImage {
  readonly id: string;
  readonly name: string;
  readonly snapshotIds: readonly string[];
}

export interface BucketEntry {
  readonly name: string;
  readonly createdAt?: string;
}

export interface BucketDescription {
  readonly name: string;
  readonly tags: Tags;
  readonly lifecycleRules?: readonly LifecycleRule[];
  readonly versioning?: string;
  readonly incompleteUploads: readonly { readonly initiatedAt: string; readonly bytes: number }[];
}

/** Baseline figures in Mbit/s and operations per second; 0 where AWS publishes none. */
export interface InstanceTypeDescription {
  readonly instanceType: string;
  readonly vcpu: number;
  readonly memoryMiB: number;
  readonly architectures: readonly string[];
  readonly clockGHz: number;
  readonly currentGeneration: boolean;
  readonly burstable: boolean;
  readonly hypervisor: string;
  readonly networkBaselineMbps: number;
  readonly ebsBaselineMbps: number;
  readonly ebsBaselineIops: number;
}

import type { ResourceOf, ResourceType } from '@trimtab/contracts';
import type {
  BucketDescription,
  BucketEntry,
  CloudScope,
  LiveAddress,
  LiveDatabase,
  LiveFunction,
  LiveInstance,
  LiveLoadBalancer,
  LiveLogGroup,
  LiveSnapshot,
  LiveVolume,
} from '@trimtab/cloud';

/** ARN partition of a region: ARNs of China and GovCloud differ. */
export function partitionOfRegion(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

const arnOf = (scope: CloudScope, service: string, resource: string): string =>
  `arn:${partitionOfRegion(scope.region)}:${service}:${scope.region}:${scope.accountId}:${resource}`;

/** The moment in `User initiated (2026-10-01 04:05:06 GMT)`, which is how EC2 tells when an instance was stopped. */
export function stoppedAt(stateTransitionReason: string): string | undefined {
  const match = /\((\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) (?:GMT|UTC)\)/.exec(stateTransitionReason);
  return match ? `${match[1]}T${match[2]}.000Z` : undefined;
}

/** The fields that every resource has, without metrics. */
const common = <T extends ResourceType>(
  scope: CloudScope,
  type: T,
  id: string,
  arn: string,
  tags: object,
) => ({
  type,
  id,
  arn,
  accountId: scope.accountId,
  region: scope.region,
  tags: tags as Record<string, string>,
  metrics: [],
});

const named = (tags: Readonly<Record<string, string>>): { name?: string } =>
  tags.Name ? { name: tags.Name } : {};

export const instanceResource = (scope: CloudScope, live: LiveInstance): ResourceOf<'ec2:instance'> => ({
  ...common(scope, 'ec2:instance', live.id, arnOf(scope, 'ec2', `instance/${live.id}`), live.tags),
  ...named(live.tags),
  attributes: {
    instanceType: live.instanceType,
    state: live.state,
    stoppedAt: live.state === 'stopped' ? stoppedAt(live.stateTransitionReason) : undefined,
    launchedAt: live.launchedAt,
    architecture: live.architecture,
    platformDetails: live.platformDetails,
    rootDeviceType: live.rootDeviceType,
    imageId: live.imageId,
    availabilityZone: live.availabilityZone,
    volumeIds: [...live.volumeIds],
    publicIp: live.publicIp,
    detailedMonitoring: live.detailedMonitoring,
  },
});

export const volumeResource = (
  scope: CloudScope,
  live: LiveVolume,
  detachedAt?: string,
): ResourceOf<'ec2:volume'> => ({
  ...common(scope, 'ec2:volume', live.id, arnOf(scope, 'ec2', `volume/${live.id}`), live.tags),
  ...named(live.tags),
  createdAt: live.createdAt,
  attributes: {
    volumeType: live.volumeType,
    sizeGiB: live.sizeGiB,
    iops: live.iops,
    throughputMiBps: live.throughputMiBps,
    state: live.state,
    availabilityZone: live.availabilityZone,
    encrypted: live.encrypted,
    attachedTo: [...live.attachedTo],
    detachedAt,
  },
});

export const snapshotResource = (
  scope: CloudScope,
  live: LiveSnapshot,
  imageIds: readonly string[],
): ResourceOf<'ec2:snapshot'> => ({
  ...common(scope, 'ec2:snapshot', live.id, arnOf(scope, 'ec2', `snapshot/${live.id}`), live.tags),
  ...named(live.tags),
  createdAt: live.startedAt,
  attributes: { volumeId: live.volumeId, sizeGiB: live.sizeGiB, state: live.state, imageIds: [...imageIds] },
});

export const addressResource = (
  scope: CloudScope,
  live: LiveAddress,
  idleSince?: string,
): ResourceOf<'ec2:elastic-ip'> => ({
  ...common(
    scope,
    'ec2:elastic-ip',
    live.allocationId,
    arnOf(scope, 'ec2', `elastic-ip/${live.allocationId}`),
    live.tags,
  ),
  ...named(live.tags),
  attributes: {
    publicIp: live.publicIp,
    associationId: live.associationId,
    instanceId: live.instanceId,
    idleSince,
  },
});

export const databaseResource = (scope: CloudScope, live: LiveDatabase): ResourceOf<'rds:db-instance'> => ({
  ...common(scope, 'rds:db-instance', live.id, live.arn || arnOf(scope, 'rds', `db:${live.id}`), live.tags),
  name: live.id,
  createdAt: live.createdAt,
  attributes: {
    dbInstanceClass: live.dbInstanceClass,
    engine: live.engine,
    engineVersion: live.engineVersion,
    status: live.status,
    multiAz: live.multiAz,
    storageType: live.storageType,
    allocatedStorageGiB: live.allocatedStorageGiB,
    iops: live.iops,
    readReplicaSource: live.readReplicaSource,
    deletionProtection: live.deletionProtection,
  },
});

export const functionResource = (scope: CloudScope, live: LiveFunction): ResourceOf<'lambda:function'> => ({
  ...common(
    scope,
    'lambda:function',
    live.name,
    live.arn || arnOf(scope, 'lambda', `function:${live.name}`),
    live.tags,
  ),
  name: live.name,
  attributes: {
    runtime: live.runtime,
    memoryMiB: live.memoryMiB,
    timeoutSeconds: live.timeoutSeconds,
    architectures: [...live.architectures],
    codeBytes: live.codeBytes,
    lastModifiedAt: live.lastModifiedAt,
    reservedConcurrency: live.reservedConcurrency,
  },
});

export const bucketResource = (
  scope: CloudScope,
  entry: BucketEntry,
  bucket: BucketDescription,
): ResourceOf<'s3:bucket'> => ({
  ...common(
    scope,
    's3:bucket',
    entry.name,
    `arn:${partitionOfRegion(scope.region)}:s3:::${entry.name}`,
    bucket.tags,
  ),
  name: entry.name,
  createdAt: entry.createdAt,
  attributes: {
    lifecycleRules: bucket.lifecycleRules?.map((rule) => ({ ...rule })),
    versioning: bucket.versioning,
    incompleteUploads: bucket.incompleteUploads.map((upload) => ({ ...upload })),
  },
});

export const loadBalancerResource = (
  scope: CloudScope,
  live: LiveLoadBalancer,
): ResourceOf<'elasticloadbalancing:loadbalancer'> => ({
  ...common(scope, 'elasticloadbalancing:loadbalancer', live.arn, live.arn, live.tags),
  name: live.name,
  createdAt: live.createdAt,
  attributes: {
    type: live.type,
    scheme: live.scheme,
    dnsName: live.dnsName,
    targetGroups: live.targetGroups.map((group) => ({ ...group })),
  },
});

export const logGroupResource = (scope: CloudScope, live: LiveLogGroup): ResourceOf<'logs:log-group'> => ({
  ...common(
    scope,
    'logs:log-group',
    live.name,
    live.arn || arnOf(scope, 'logs', `log-group:${live.name}`),
    live.tags,
  ),
  name: live.name,
  createdAt: live.createdAt,
  attributes: { retentionInDays: live.retentionInDays, storedBytes: live.storedBytes },
});

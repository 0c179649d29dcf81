import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { DBInstance } from '@aws-sdk/client-rds';
import type {
  LiveDatabase,
  LiveFunction,
  LiveLoadBalancer,
  LiveLogGroup,
  TargetGroupState,
} from '../ports/live-state.js';
import type { Tags } from '../ports/scope.js';
import { tagsOf, text } from './ec2.mapping.js';

export const liveDatabase = (from: DBInstance): LiveDatabase => ({
  id: text(from.DBInstanceIdentifier),
  arn: text(from.DBInstanceArn),
  status: from.DBInstanceStatus ?? 'unknown',
  dbInstanceClass: text(from.DBInstanceClass),
  engine: text(from.Engine),
  engineVersion: text(from.EngineVersion),
  createdAt: from.InstanceCreateTime?.toISOString(),
  multiAz: from.MultiAZ ?? false,
  deletionProtection: from.DeletionProtection ?? false,
  readReplicaSource: from.ReadReplicaSourceDBInstanceIdentifier || undefined,
  ...databaseStorage(from),
  tags: tagsOf(from.TagList),
});

const databaseStorage = (
  from: DBInstance,
): Pick<
  LiveDatabase,
  'storageType' | 'allocatedStorageGiB' | 'iops' | 'storageThroughputMiBps' | 'pending'
> => ({
  storageType: text(from.StorageType),
  allocatedStorageGiB: from.AllocatedStorage ?? 0,
  iops: from.Iops,
  storageThroughputMiBps: from.StorageThroughput,
  pending: { storageType: from.PendingModifiedValues?.StorageType, iops: from.PendingModifiedValues?.Iops },
});

/** Lambda writes its times as `2026-10-01T04:05:06.000+0000`. */
export const liveFunction = (
  from: FunctionConfiguration,
  reservedConcurrency: number | undefined,
  tags: Tags,
): LiveFunction => ({
  name: text(from.FunctionName),
  arn: text(from.FunctionArn),
  runtime: from.Runtime ?? from.PackageType ?? 'unknown',
  memoryMiB: from.MemorySize ?? 128,
  timeoutSeconds: from.Timeout ?? 3,
  architectures: from.Architectures ?? ['x86_64'],
  codeBytes: from.CodeSize ?? 0,
  lastModifiedAt: new Date(text(from.LastModified).replace('+0000', 'Z') || 0).toISOString(),
  reservedConcurrency,
  tags,
});

export const liveLoadBalancer = (
  from: LoadBalancer,
  targetGroups: readonly TargetGroupState[],
  tags: Tags,
): LiveLoadBalancer => ({
  arn: text(from.LoadBalancerArn),
  name: text(from.LoadBalancerName),
  type: text(from.Type),
  scheme: from.Scheme ?? 'internal',
  dnsName: text(from.DNSName),
  state: from.State?.Code ?? 'unknown',
  createdAt: from.CreatedTime?.toISOString(),
  targetGroups,
  tags,
});

export const liveLogGroup = (from: LogGroup, tags: Tags): LiveLogGroup => ({
  name: text(from.logGroupName),
  arn: text(from.arn).replace(/:\*$/, ''),
  createdAt: from.creationTime === undefined ? undefined : new Date(from.creationTime).toISOString(),
  retentionInDays: from.retentionInDays,
  storedBytes: from.storedBytes ?? 0,
  tags,
});

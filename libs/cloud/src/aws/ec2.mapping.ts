import type { Address, Image, Instance, InstanceTypeInfo, Snapshot, Tag, Volume } from '@aws-sdk/client-ec2';
import type { InstanceTypeDescription, OwnImage } from '../ports/inventory.port.js';
import type { LiveAddress, LiveInstance, LiveSnapshot, LiveVolume } from '../ports/live-state.js';
import type { Tags } from '../ports/scope.js';

export const tagsOf = (tags: readonly Tag[] | undefined): Tags =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

export const tagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** A text field that AWS leaves out is empty. */
export const text = (value: string | undefined): string => value ?? '';

export const instant = (at: Date | undefined): string => (at ?? new Date(0)).toISOString();

const present = (values: (string | undefined)[] | undefined): string[] =>
  (values ?? []).filter((value): value is string => value !== undefined && value !== '');

export const liveInstance = (from: Instance, ownerId?: string): LiveInstance => ({
  id: text(from.InstanceId),
  ownerId,
  state: from.State?.Name ?? 'unknown',
  instanceType: text(from.InstanceType),
  rootDeviceType: text(from.RootDeviceType),
  availabilityZone: text(from.Placement?.AvailabilityZone),
  architecture: text(from.Architecture),
  stateTransitionReason: text(from.StateTransitionReason),
  launchedAt: instant(from.LaunchTime),
  platformDetails: text(from.PlatformDetails),
  imageId: from.ImageId,
  detailedMonitoring: from.Monitoring?.State === 'enabled',
  volumeIds: present(from.BlockDeviceMappings?.map((device) => device.Ebs?.VolumeId)),
  publicIp: from.PublicIpAddress,
  tags: tagsOf(from.Tags),
});

export const liveVolume = (from: Volume, modification?: string): LiveVolume => ({
  id: text(from.VolumeId),
  state: from.State ?? 'unknown',
  volumeType: text(from.VolumeType),
  sizeGiB: from.Size ?? 0,
  iops: from.Iops,
  throughputMiBps: from.Throughput,
  availabilityZone: text(from.AvailabilityZone),
  encrypted: from.Encrypted ?? false,
  kmsKeyId: from.KmsKeyId,
  snapshotId: from.SnapshotId || undefined,
  createdAt: from.CreateTime?.toISOString(),
  attachedTo: present(from.Attachments?.map((attachment) => attachment.InstanceId)),
  modification,
  tags: tagsOf(from.Tags),
});

export const liveSnapshot = (from: Snapshot): LiveSnapshot => ({
  id: text(from.SnapshotId),
  volumeId: text(from.VolumeId),
  state: from.State ?? 'unknown',
  sizeGiB: from.VolumeSize ?? 0,
  startedAt: instant(from.StartTime),
  description: text(from.Description),
  tags: tagsOf(from.Tags),
});

export const liveAddress = (from: Address): LiveAddress => ({
  allocationId: text(from.AllocationId),
  publicIp: text(from.PublicIp),
  associationId: from.AssociationId || undefined,
  instanceId: from.InstanceId || undefined,
  tags: tagsOf(from.Tags),
});

export const ownImage = (from: Image): OwnImage => ({
  id: text(from.ImageId),
  name: text(from.Name),
  snapshotIds: present(from.BlockDeviceMappings?.map((device) => device.Ebs?.SnapshotId)),
});

/** A type's baselines; the cards of a type with several add up. */
export const instanceType = (from: InstanceTypeInfo): InstanceTypeDescription => ({
  instanceType: text(from.InstanceType),
  ...processor(from),
  currentGeneration: from.CurrentGeneration ?? false,
  burstable: from.BurstablePerformanceSupported ?? false,
  hypervisor: text(from.Hypervisor),
  ...networkBaseline(from),
  ...ebsBaseline(from),
});

const processor = (
  from: InstanceTypeInfo,
): Pick<InstanceTypeDescription, 'vcpu' | 'memoryMiB' | 'architectures' | 'clockGHz'> => ({
  vcpu: from.VCpuInfo?.DefaultVCpus ?? 0,
  memoryMiB: from.MemoryInfo?.SizeInMiB ?? 0,
  architectures: from.ProcessorInfo?.SupportedArchitectures ?? [],
  clockGHz: from.ProcessorInfo?.SustainedClockSpeedInGhz ?? 0,
});

const networkBaseline = (from: InstanceTypeInfo): { networkBaselineMbps: number } => ({
  networkBaselineMbps: Math.round(
    1000 *
      (from.NetworkInfo?.NetworkCards ?? []).reduce(
        (sum, card) => sum + (card.BaselineBandwidthInGbps ?? 0),
        0,
      ),
  ),
});

const ebsBaseline = (from: InstanceTypeInfo): { ebsBaselineMbps: number; ebsBaselineIops: number } => ({
  ebsBaselineMbps: from.EbsInfo?.EbsOptimizedInfo?.BaselineBandwidthInMbps ?? 0,
  ebsBaselineIops: from.EbsInfo?.EbsOptimizedInfo?.BaselineIops ?? 0,
});

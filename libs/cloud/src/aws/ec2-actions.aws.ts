import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@trimtab/kernel';
import type {
  AddressActions,
  InstanceActions,
  SnapshotActions,
  VolumeActions,
  VolumeChange,
  VolumeSpec,
  WaitOptions,
} from '../ports/actions.port.js';
import type { LiveAddress, LiveInstance, LiveSnapshot, LiveVolume } from '../ports/live-state.js';
import type { Tags } from '../ports/scope.js';
import type { AwsCaller } from './caller.js';
import { liveAddress, liveInstance, liveSnapshot, liveVolume, tagList } from './ec2.mapping.js';
import { orMissing } from './functions-and-logs.aws.js';

const tagged = <T extends string>(ResourceType: T, tags: Tags) =>
  Object.keys(tags).length === 0 ? undefined : [{ ResourceType, Tags: tagList(tags) }];

/** Instances through EC2. */
export class AwsInstances implements InstanceActions {
  constructor(private readonly aws: AwsCaller) {}

  async describe(id: string): Promise<LiveInstance | undefined> {
    const answer = await orMissing(
      this.aws.send('ec2', (sdk) => new sdk.DescribeInstancesCommand({ InstanceIds: [id] })),
    );
    const reservation = answer?.Reservations?.[0];
    const found = reservation?.Instances?.[0];
    return found && liveInstance(found, reservation?.OwnerId);
  }

  async stop(id: string): Promise<void> {
    await this.aws.send('ec2', (sdk) => new sdk.StopInstancesCommand({ InstanceIds: [id] }));
  }

  async start(id: string): Promise<void> {
    await this.aws.send('ec2', (sdk) => new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  }

  async terminate(id: string): Promise<void> {
    await this.aws.send('ec2', (sdk) => new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  }

  async modifyType(id: string, instanceType: string): Promise<void> {
    await this.aws.send(
      'ec2',
      (sdk) =>
        new sdk.ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: instanceType } }),
    );
  }
}

/** EBS volumes. */
export class AwsVolumes implements VolumeActions {
  constructor(private readonly aws: AwsCaller) {}

  async describe(id: string): Promise<LiveVolume | undefined> {
    const answer = await orMissing(
      this.aws.send('ec2', (sdk) => new sdk.DescribeVolumesCommand({ VolumeIds: [id] })),
    );
    const found = answer?.Volumes?.[0];
    if (!found) return undefined;
    return liveVolume(found, await this.modification(id));
  }

  /** AWS answers "not found" for a volume that was never modified. */
  private async modification(id: string): Promise<string | undefined> {
    const answer = await orMissing(
      this.aws.send('ec2', (sdk) => new sdk.DescribeVolumesModificationsCommand({ VolumeIds: [id] })),
    );
    return answer?.VolumesModifications?.[0]?.ModificationState;
  }

  async create(spec: VolumeSpec, clientToken: string): Promise<string> {
    const { volumeType, sizeGiB, throughputMiBps, tags, ...same } = spec;
    const created = await this.aws.send(
      'ec2',
      (sdk) =>
        new sdk.CreateVolumeCommand({
          AvailabilityZone: same.availabilityZone,
          SnapshotId: same.snapshotId,
          VolumeType: volumeType as 'gp3',
          Size: sizeGiB,
          Iops: same.iops,
          Throughput: throughputMiBps,
          Encrypted: same.encrypted,
          KmsKeyId: same.kmsKeyId,
          ClientToken: clientToken,
          TagSpecifications: tagged('volume', tags),
        }),
    );
    return created.VolumeId ?? '';
  }

  async modify(id: string, change: VolumeChange): Promise<void> {
    await this.aws.send(
      'ec2',
      (sdk) =>
        new sdk.ModifyVolumeCommand({
          VolumeId: id,
          VolumeType: change.volumeType as 'gp3' | undefined,
          Size: change.sizeGiB,
          Iops: change.iops,
          Throughput: change.throughputMiBps,
        }),
    );
  }

  async delete(id: string): Promise<void> {
    await this.aws.send('ec2', (sdk) => new sdk.DeleteVolumeCommand({ VolumeId: id }));
  }
}

/** EBS snapshots. */
export class AwsSnapshots implements SnapshotActions {
  constructor(private readonly aws: AwsCaller) {}

  async describe(id: string): Promise<LiveSnapshot | undefined> {
    const answer = await orMissing(
      this.aws.send('ec2', (sdk) => new sdk.DescribeSnapshotsCommand({ SnapshotIds: [id] })),
    );
    const found = answer?.Snapshots?.[0];
    return found && liveSnapshot(found);
  }

  async find(tags: Tags): Promise<LiveSnapshot[]> {
    const Filters = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
    const found: LiveSnapshot[] = [];
    const pages = this.aws.pages(
      'ec2',
      (sdk, NextToken) => new sdk.DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters, NextToken }),
      (page) => page.NextToken,
    );
    for await (const { Snapshots } of pages) found.push(...(Snapshots ?? []).map(liveSnapshot));
    return found;
  }

  async create(volumeId: string, description: string, tags: Tags): Promise<string> {
    const created = await this.aws.send(
      'ec2',
      (sdk) =>
        new sdk.CreateSnapshotCommand({
          VolumeId: volumeId,
          Description: description,
          TagSpecifications: tagged('snapshot', tags),
        }),
    );
    return created.SnapshotId ?? '';
  }

  async waitUntilCompleted(id: string, options: WaitOptions = {}): Promise<LiveSnapshot> {
    return untilCompleted(id, () => this.describe(id), options);
  }

  async delete(id: string): Promise<void> {
    await this.aws.send('ec2', (sdk) => new sdk.DeleteSnapshotCommand({ SnapshotId: id }));
  }
}

/** Polls a snapshot. Throws `cloud.refused` when it can no longer complete, `cloud.wait-timeout` (later). */
export async function untilCompleted(
  id: string,
  describe: () => Promise<LiveSnapshot | undefined>,
  { timeoutMs = 30 * 60_000, intervalMs = 2_000, signal }: WaitOptions,
): Promise<LiveSnapshot> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const snapshot = await describe();
    if (snapshot?.state === 'completed') return snapshot;
    if (!snapshot || snapshot.state === 'error') {
      throw new AppError(
        'cloud.refused',
        `Snapshot ${id} failed: create another one before anything is deleted.`,
      );
    }
    if (performance.now() + intervalMs > giveUpAt) {
      throw new AppError('cloud.wait-timeout', `Snapshot ${id} is not complete yet: try again later.`, {
        retry: 'later',
      });
    }
    await sleep(intervalMs, undefined, { signal });
  }
}

/** Elastic IP addresses. */
export class AwsAddresses implements AddressActions {
  constructor(private readonly aws: AwsCaller) {}

  async describe(allocationId: string): Promise<LiveAddress | undefined> {
    const answer = await orMissing(
      this.aws.send('ec2', (sdk) => new sdk.DescribeAddressesCommand({ AllocationIds: [allocationId] })),
    );
    const found = answer?.Addresses?.[0];
    return found && liveAddress(found);
  }

  async release(allocationId: string): Promise<void> {
    await this.aws.send('ec2', (sdk) => new sdk.ReleaseAddressCommand({ AllocationId: allocationId }));
  }

  async allocate(tags: Tags, publicIp?: string): Promise<{ allocationId: string; publicIp: string }> {
    const answer = await this.aws.send(
      'ec2',
      (sdk) =>
        new sdk.AllocateAddressCommand({
          Domain: 'vpc',
          Address: publicIp,
          TagSpecifications: tagged('elastic-ip', tags),
        }),
    );
    return { allocationId: answer.AllocationId ?? '', publicIp: answer.PublicIp ?? '' };
  }
}

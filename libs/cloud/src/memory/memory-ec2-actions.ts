import type {
  AddressActions,
  InstanceActions,
  SnapshotActions,
  VolumeActions,
  VolumeChange,
  VolumeSpec,
  WaitOptions,
} from '../ports/actions.port.js';
import { untilCompleted } from '../aws/ec2-actions.aws.js';
import type { LiveAddress, LiveInstance, LiveSnapshot, LiveVolume } from '../ports/live-state.js';
import type { CloudScope, Tags } from '../ports/scope.js';
import { need, notFound, refused } from './memory-world.js';
import type { MemoryScope, MemoryWorld } from './memory-world.js';

/** EC2 allows this many modifications of a volume in 24 hours. */
const MODIFICATIONS = 4;

abstract class Ec2 {
  constructor(
    protected readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {}

  protected get state(): MemoryScope {
    return this.world.at(this.scope);
  }

  protected async read<T>(operation: string, work: () => T): Promise<T> {
    return this.world.read(this.scope, 'ec2', operation, work);
  }

  protected effect<T>(operation: string, target: string, work: () => T): Promise<T> {
    return this.world.effect(this.scope, 'ec2', operation, target, work);
  }
}

export class MemoryInstances extends Ec2 implements InstanceActions {
  describe(id: string): Promise<LiveInstance | undefined> {
    return this.read('DescribeInstances', () => this.state.instances.get(id));
  }

  async stop(id: string): Promise<void> {
    await this.effect('StopInstances', id, () => this.move(id, ['running', 'pending', 'stopped'], 'stopped'));
  }

  async start(id: string): Promise<void> {
    await this.effect('StartInstances', id, () => this.move(id, ['stopped', 'running'], 'running'));
  }

  async terminate(id: string): Promise<void> {
    await this.effect('TerminateInstances', id, () =>
      this.move(id, ['running', 'pending', 'stopping', 'stopped', 'terminated'], 'terminated'),
    );
  }

  async modifyType(id: string, instanceType: string): Promise<void> {
    await this.effect('ModifyInstanceAttribute', id, () => {
      const found = need(this.state.instances, id);
      if (found.state !== 'stopped') throw refused(id, 'the instance is not stopped');
      this.state.instances.set(id, { ...found, instanceType });
    });
  }

  private move(id: string, from: readonly string[], state: string): void {
    const found = need(this.state.instances, id);
    if (!from.includes(found.state)) throw refused(id, `the instance is ${found.state}`);
    this.state.instances.set(id, { ...found, state });
  }
}

export class MemoryVolumes extends Ec2 implements VolumeActions {
  private readonly byToken = new Map<string, string>();
  private readonly modified = new Map<string, number>();

  describe(id: string): Promise<LiveVolume | undefined> {
    return this.read('DescribeVolumes', () => this.state.volumes.get(id));
  }

  create(spec: VolumeSpec, clientToken: string): Promise<string> {
    return this.effect('CreateVolume', clientToken, () => {
      if (spec.snapshotId && !this.state.snapshots.has(spec.snapshotId)) throw notFound(spec.snapshotId);
      const id = this.byToken.get(clientToken) ?? this.world.newId('vol');
      if (this.byToken.has(clientToken)) return id;
      this.byToken.set(clientToken, id);
      this.state.volumes.set(id, { encrypted: false, ...spec, id, state: 'available', attachedTo: [] });
      return id;
    });
  }

  async modify(id: string, change: VolumeChange): Promise<void> {
    await this.effect('ModifyVolume', id, () => {
      const found = need(this.state.volumes, id);
      const times = (this.modified.get(id) ?? 0) + 1;
      if (times > MODIFICATIONS) throw refused(id, 'the maximum modification rate is four times in 24 hours');
      if (change.sizeGiB !== undefined && change.sizeGiB < found.sizeGiB)
        throw refused(id, 'a volume cannot shrink');
      this.modified.set(id, times);
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      this.state.volumes.set(id, { ...found, ...given, modification: 'completed' });
    });
  }

  async delete(id: string): Promise<void> {
    await this.effect('DeleteVolume', id, () => {
      if (need(this.state.volumes, id).attachedTo.length > 0) throw refused(id, 'the volume is in use');
      this.state.volumes.delete(id);
    });
  }
}

export class MemorySnapshots extends Ec2 implements SnapshotActions {
  describe(id: string): Promise<LiveSnapshot | undefined> {
    return this.read('DescribeSnapshots', () => this.state.snapshots.get(id));
  }

  find(tags: Tags): Promise<LiveSnapshot[]> {
    const wanted = Object.entries(tags);
    return this.read('DescribeSnapshots', () =>
      [...this.state.snapshots.values()].filter((one) =>
        wanted.every(([key, value]) => one.tags[key] === value),
      ),
    );
  }

  create(volumeId: string, description: string, tags: Tags): Promise<string> {
    return this.effect('CreateSnapshot', volumeId, () => {
      const { sizeGiB } = need(this.state.volumes, volumeId);
      const id = this.world.newId('snap');
      const startedAt = new Date().toISOString();
      this.state.snapshots.set(id, {
        id,
        volumeId,
        state: 'completed',
        sizeGiB,
        startedAt,
        description,
        tags,
      });
      return id;
    });
  }

  waitUntilCompleted(id: string, options: WaitOptions = {}): Promise<LiveSnapshot> {
    return untilCompleted(id, () => this.describe(id), options);
  }

  async delete(id: string): Promise<void> {
    await this.effect('DeleteSnapshot', id, () => {
      need(this.state.snapshots, id);
      const image = [...this.state.images.values()].find((one) => one.snapshotIds.includes(id));
      if (image) throw refused(id, `the snapshot is in use by ${image.id}`);
      this.state.snapshots.delete(id);
    });
  }
}

export class MemoryAddresses extends Ec2 implements AddressActions {
  private readonly released = new Set<string>();

  describe(allocationId: string): Promise<LiveAddress | undefined> {
    return this.read('DescribeAddresses', () => this.state.addresses.get(allocationId));
  }

  async release(allocationId: string): Promise<void> {
    await this.effect('ReleaseAddress', allocationId, () => {
      const found = need(this.state.addresses, allocationId);
      if (found.associationId) throw refused(allocationId, 'the address is associated');
      this.state.addresses.delete(allocationId);
      this.released.add(found.publicIp);
    });
  }

  allocate(tags: Tags, publicIp?: string): Promise<{ allocationId: string; publicIp: string }> {
    return this.effect('AllocateAddress', publicIp ?? 'new', () => {
      if (publicIp !== undefined && !this.released.delete(publicIp)) {
        throw refused(publicIp, 'the address is not available');
      }
      const allocationId = this.world.newId('eipalloc');
      const address = publicIp ?? `203.0.113.${this.state.addresses.size + 1}`;
      this.state.addresses.set(allocationId, { allocationId, publicIp: address, tags });
      return { allocationId, publicIp: address };
    });
  }
}

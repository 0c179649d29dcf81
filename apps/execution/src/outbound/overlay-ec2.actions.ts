import type {
  AddressActions,
  CloudActions,
  InstanceActions,
  LiveAddress,
  LiveInstance,
  LiveSnapshot,
  LiveVolume,
  SnapshotActions,
  Tags,
  VolumeActions,
  VolumeChange,
  VolumeSpec,
} from '@trimtab/cloud';
import { AppError } from '@trimtab/kernel';
import { definedOf, Overlay } from './overlay.js';

export class OverlayInstances implements InstanceActions {
  private readonly overlay: Overlay<LiveInstance>;

  constructor(
    live: CloudActions,
    private readonly volumes: OverlayVolumes,
  ) {
    this.overlay = new Overlay((id) => live.instances.describe(id));
  }

  describe(id: string): Promise<LiveInstance | undefined> {
    return this.overlay.read(id);
  }

  stop(id: string): Promise<void> {
    return this.overlay.change(id, (before) => ({ ...before, state: 'stopped' }));
  }

  start(id: string): Promise<void> {
    return this.overlay.change(id, (before) => ({ ...before, state: 'running' }));
  }

  /** Whether a volume ends with its instance is not part of the live state: it counts as ended. */
  async terminate(id: string): Promise<void> {
    const before = await this.describe(id);
    await this.overlay.change(id, (live) => ({ ...live, state: 'terminated', volumeIds: [] }));
    for (const volume of before?.volumeIds ?? []) await this.volumes.end(volume);
  }

  modifyType(id: string, instanceType: string): Promise<void> {
    return this.overlay.change(id, (before) => ({ ...before, instanceType }));
  }
}

export class OverlayVolumes implements VolumeActions {
  private readonly overlay: Overlay<LiveVolume>;

  constructor(live: CloudActions) {
    this.overlay = new Overlay((id) => live.volumes.describe(id));
  }

  describe(id: string): Promise<LiveVolume | undefined> {
    return this.overlay.read(id);
  }

  create(spec: VolumeSpec, clientToken: string): Promise<string> {
    const id = `vol-predicted-${clientToken}`;
    this.overlay.add(id, { encrypted: false, ...spec, id, state: 'available', attachedTo: [] });
    return Promise.resolve(id);
  }

  modify(id: string, change: VolumeChange): Promise<void> {
    return this.overlay.change(id, (before) => ({
      ...before,
      ...definedOf(change),
      modification: 'completed',
    }));
  }

  delete(id: string): Promise<void> {
    return this.overlay.change(id, () => undefined);
  }

  async end(id: string): Promise<void> {
    if (await this.describe(id)) await this.delete(id);
  }
}

export class OverlaySnapshots implements SnapshotActions {
  private readonly overlay: Overlay<LiveSnapshot>;
  private issued = 0;

  constructor(private readonly live: CloudActions) {
    this.overlay = new Overlay((id) => live.snapshots.describe(id));
  }

  describe(id: string): Promise<LiveSnapshot | undefined> {
    return this.overlay.read(id);
  }

  async find(tags: Tags): Promise<LiveSnapshot[]> {
    const fits = (one: LiveSnapshot): boolean =>
      Object.entries(tags).every(([name, value]) => one.tags[name] === value);
    const there = (await this.live.snapshots.find(tags)).filter((one) => !this.overlay.knows(one.id));
    return [...this.overlay.made().filter(fits), ...there];
  }

  async create(volumeId: string, description: string, tags: Tags): Promise<string> {
    const volume = await this.live.volumes.describe(volumeId);
    this.issued += 1;
    const id = `snap-predicted-${this.issued}`;
    const made = { id, volumeId, description, tags, state: 'completed', startedAt: '' };
    this.overlay.add(id, { ...made, sizeGiB: volume?.sizeGiB ?? 0 });
    return id;
  }

  async waitUntilCompleted(id: string): Promise<LiveSnapshot> {
    const found = await this.describe(id);
    if (found) return found;
    throw new AppError('cloud.refused', `Snapshot ${id} does not exist.`);
  }

  delete(id: string): Promise<void> {
    return this.overlay.change(id, () => undefined);
  }
}

export class OverlayAddresses implements AddressActions {
  private readonly overlay: Overlay<LiveAddress>;

  constructor(live: CloudActions) {
    this.overlay = new Overlay((id) => live.addresses.describe(id));
  }

  describe(id: string): Promise<LiveAddress | undefined> {
    return this.overlay.read(id);
  }

  release(id: string): Promise<void> {
    return this.overlay.change(id, () => undefined);
  }

  /** TEST-NET-1 stands for an address that AWS would choose. */
  allocate(tags: Tags, publicIp = '192.0.2.1'): Promise<{ allocationId: string; publicIp: string }> {
    const allocationId = `eipalloc-predicted-${publicIp}`;
    this.overlay.add(allocationId, { allocationId, publicIp, tags });
    return Promise.resolve({ allocationId, publicIp });
  }
}

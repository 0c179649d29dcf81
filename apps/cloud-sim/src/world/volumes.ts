import { daysAgo, owned } from './draft.js';
import type { Draft } from './draft.js';
import type { Place } from './company.js';
import type { Random } from './random.js';
import type { Instance, Volume } from './world.js';

export interface VolumeSpec {
  readonly place: Place;
  readonly size: number;
  readonly ageDays: number;
  /** Attached to this instance; `available` without it. */
  readonly instance?: Instance;
  readonly root?: boolean;
  readonly volumeType?: Volume['volumeType'];
  readonly iops?: number;
  readonly peakIops?: number;
}

/** Peaks stay under 80 % of what the volume has, so an ordinary volume neither starves nor wastes. */
export function addVolume(draft: Draft, rnd: Random, spec: VolumeSpec): Volume {
  const { scope, tags } = spec.place;
  const instance = spec.instance;
  const peakIops = spec.peakIops ?? rnd.whole(900, 2300);
  const volume: Volume = {
    ...owned(scope, { ...tags }),
    id: `vol-0${rnd.hex(16)}`,
    size: spec.size,
    ...performance(spec),
    state: instance ? 'in-use' : 'available',
    createTime: instance ? instance.launchTime : daysAgo(draft, rnd, spec.ageDays),
    availabilityZone: instance ? instance.availabilityZone : `${scope.region}${rnd.pick(['a', 'b', 'c'])}`,
    encrypted: true,
    kmsKeyId: `arn:aws:kms:${scope.region}:${scope.accountId}:key/${keyId(draft, scope)}`,
    peakIops,
    peakBytesPerSecond: Math.min(peakIops * 24 * 1024, 80 * 1024 * 1024),
    modifications: [],
  };
  if (instance) attach(volume, instance, spec.root ?? false);
  draft.volumes.set(volume.id, volume);
  return volume;
}

function performance(spec: VolumeSpec): Pick<Volume, 'volumeType' | 'iops' | 'throughput'> {
  const volumeType = spec.volumeType ?? 'gp3';
  if (volumeType === 'gp3') return { volumeType, iops: 3000, throughput: 125 };
  return { volumeType, iops: volumeType === 'gp2' ? gp2Baseline(spec.size) : spec.iops };
}

function keyId(draft: Draft, scope: { accountId: string; region: string }): string {
  const rnd = draft.random.fork(`kms-${scope.accountId}-${scope.region}`);
  return [8, 4, 4, 4, 12].map((digits) => rnd.hex(digits)).join('-');
}

export const gp2Baseline = (size: number): number => Math.min(16_000, Math.max(100, size * 3));

function attach(volume: Volume, instance: Instance, root: boolean) {
  const device = root ? '/dev/xvda' : `/dev/sd${'fghij'[instance.volumeIds.length - 1] ?? 'k'}`;
  volume.attachedTo = {
    instanceId: instance.id,
    device,
    attachTime: instance.launchTime,
    deleteOnTermination: root,
  };
  instance.volumeIds.push(volume.id);
}

import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { Snapshot } from '../../world/world.js';
import { own } from '../owned.js';
import type { FilterFields } from './filters.ec2.js';
import { applyFilters, pageOf, selectIds, tagSet, tagsFor } from './filters.ec2.js';
import { needSnapshot, needVolume, noSnapshot } from './lookup.ec2.js';

const snapshotKind = 'AWS::EC2::Snapshot';

export function describeSnapshots(call: Call, input: QueryInput): XmlObject {
  const owners = input.list('Owner');
  const wanted = owners.length === 0 || owners.includes('self') || owners.includes(call.accountId);
  const mine = wanted ? own(call, call.simulation.world.snapshots.values()) : [];
  const chosen = selectIds(mine, input.list('SnapshotId'), (item) => item.id, noSnapshot);
  const found = applyFilters(chosen, input, fields);
  return pageOf(found, input, (item) => item.id, snapshotXml, { set: 'snapshotSet' });
}

const fields: FilterFields<Snapshot> = {
  'snapshot-id': (item) => item.id,
  'volume-id': (item) => item.volumeId,
  'volume-size': (item) => item.size,
  status: (item) => item.state,
  'start-time': (item) => iso(item.startTime),
  description: (item) => item.description,
  'owner-id': (item) => item.accountId,
};

function snapshotXml(item: Snapshot): XmlObject {
  return {
    snapshotId: item.id,
    volumeId: item.volumeId,
    status: item.state,
    startTime: iso(item.startTime),
    progress: item.state === 'completed' ? '100%' : '0%',
    ownerId: item.accountId,
    volumeSize: item.size,
    description: item.description,
    encrypted: false,
    storageTier: 'standard',
    tagSet: tagSet(item.tags),
  };
}

export function createSnapshot(call: Call, input: QueryInput): XmlObject {
  const volume = needVolume(call, input.need('VolumeId'));
  if (volume.state === 'creating' || volume.state === 'deleting') {
    throw new AwsError('IncorrectState', `Volume '${volume.id}' is '${volume.state}'.`);
  }
  const snapshot = addSnapshot(call, volume, input.text('Description') ?? '', tagsFor(input, 'snapshot'));
  call.simulation.record(call, snapshotKind, snapshot.id, volume.id);
  return snapshotXml(snapshot);
}

/** A new snapshot in `pending`, completed a little later. */
export function addSnapshot(
  call: Call,
  volume: { readonly id: string; readonly size: number },
  description: string,
  tags: Record<string, string>,
): Snapshot {
  const { simulation, accountId, region } = call;
  const snapshot: Snapshot = {
    id: simulation.newId('snap'),
    accountId,
    region,
    tags,
    volumeId: volume.id,
    size: volume.size,
    state: 'pending',
    startTime: simulation.now(),
    description,
  };
  simulation.world.snapshots.set(snapshot.id, snapshot);
  simulation.later(() => (snapshot.state = 'completed'), 2);
  return snapshot;
}

export function deleteSnapshot(call: Call, input: QueryInput): XmlObject {
  const { world } = call.simulation;
  const snapshot = needSnapshot(call, input.need('SnapshotId'));
  const image = own(call, world.images.values()).find((item) => item.snapshotIds.includes(snapshot.id));
  if (image) {
    throw new AwsError(
      'InvalidSnapshot.InUse',
      `The snapshot ${snapshot.id} is currently in use by ${image.id}`,
    );
  }
  world.snapshots.delete(snapshot.id);
  call.simulation.record(call, snapshotKind, snapshot.id);
  return { return: true };
}

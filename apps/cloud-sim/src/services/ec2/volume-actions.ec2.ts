import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { Volume } from '../../world/world.js';
import { tagsFor } from './filters.ec2.js';
import { needSnapshot, needVolume } from './lookup.ec2.js';
import { checkShape, volumeTypeOf } from './volume-shape.ec2.js';
import { volumeXml } from './volumes.ec2.js';

const volumeKind = 'AWS::EC2::Volume';
const incorrectState = (message: string): AwsError => new AwsError('IncorrectState', message);

export function createVolume(call: Call, input: QueryInput): XmlObject {
  const { world, side } = call.simulation;
  const token = input.text('ClientToken');
  const tokenKey = `${call.accountId}/${call.region}/${token}`;
  const earlier = token ? side.clientTokens.get(tokenKey) : undefined;
  if (earlier) return repeated(call, earlier, input);
  const volume = newVolume(call, input);
  world.volumes.set(volume.id, volume);
  if (token) side.clientTokens.set(tokenKey, { request: input.fingerprint(), id: volume.id });
  call.simulation.record(call, volumeKind, volume.id);
  call.simulation.later(() => {
    if (volume.state === 'creating') volume.state = 'available';
  });
  return volumeXml(call, volume);
}

function repeated(call: Call, earlier: { request: string; id: string }, input: QueryInput): XmlObject {
  if (earlier.request !== input.fingerprint()) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      'The client token was used before with other parameters.',
    );
  }
  return volumeXml(call, needVolume(call, earlier.id));
}

function newVolume(call: Call, input: QueryInput): Volume {
  const { simulation, accountId, region } = call;
  const availabilityZone = zoneOf(call, input);
  const snapshotId = input.text('SnapshotId');
  const kmsKeyId = input.text('KmsKeyId');
  const shape = {
    volumeType: volumeTypeOf(input.text('VolumeType') ?? 'gp2'),
    size: sizeOf(call, input.number('Size'), snapshotId),
    iops: input.number('Iops'),
    throughput: input.number('Throughput'),
  };
  checkShape(shape);
  return {
    id: simulation.newId('vol'),
    accountId,
    region,
    tags: tagsFor(input, 'volume'),
    ...shape,
    state: 'creating',
    createTime: simulation.now(),
    availabilityZone,
    encrypted: input.flag('Encrypted') ?? kmsKeyId !== undefined,
    kmsKeyId,
    snapshotId,
    peakIops: 0,
    peakBytesPerSecond: 0,
    modifications: [],
  };
}

function zoneOf(call: Call, input: QueryInput): string {
  const zone = input.need('AvailabilityZone');
  if (zone.startsWith(call.region) && zone.length === call.region.length + 1) return zone;
  throw new AwsError('InvalidZone.NotFound', `The zone '${zone}' does not exist.`);
}

/** The size asked for, or that of the snapshot, which must be complete and fit in. */
function sizeOf(call: Call, asked: number | undefined, snapshotId: string | undefined): number {
  if (!snapshotId) {
    if (asked !== undefined) return asked;
    throw new AwsError('MissingParameter', 'The request must contain the parameter size/snapshot');
  }
  const { state, size } = needSnapshot(call, snapshotId);
  if (state !== 'completed') throw incorrectState(`Snapshot is in invalid state - ${state}`);
  if (asked === undefined || asked >= size) return asked ?? size;
  const message = `The size '${asked}' is smaller than the snapshot size '${size}'.`;
  throw new AwsError('InvalidParameterValue', message);
}

export function deleteVolume(call: Call, input: QueryInput): XmlObject {
  const volume = needVolume(call, input.need('VolumeId'));
  if (volume.state === 'in-use') {
    throw new AwsError(
      'VolumeInUse',
      `Volume ${volume.id} is currently attached to ${volume.attachedTo?.instanceId ?? 'an instance'}`,
    );
  }
  if (volume.state !== 'available') throw incorrectState(`The volume '${volume.id}' is '${volume.state}'.`);
  volume.state = 'deleting';
  call.simulation.record(call, volumeKind, volume.id);
  call.simulation.later(() => call.simulation.world.volumes.delete(volume.id));
  return { return: true };
}

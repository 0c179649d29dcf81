import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { VolumeModification, VolumeShape } from '../../side-state.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { Volume } from '../../world/world.js';
import { find } from '../owned.js';
import { applyFilters, pageOf, selectIds } from './filters.ec2.js';
import { needVolume } from './lookup.ec2.js';
import type { Shape } from './volume-shape.ec2.js';
import { checkShape, volumeTypeOf } from './volume-shape.ec2.js';
import { performance } from './volumes.ec2.js';

const day = 24 * 3_600_000;
const perDay = 4;

export function modifyVolume(call: Call, input: QueryInput): XmlObject {
  const volume = needVolume(call, input.need('VolumeId'));
  const target = targetShape(volume, input);
  checkModifiable(call, volume, target);
  const modification: VolumeModification = {
    volumeId: volume.id,
    state: 'modifying',
    original: visibleShape(volume),
    target: visibleShape(target),
    startTime: call.simulation.now(),
  };
  volume.modifications.push(modification.startTime);
  Object.assign(volume, target);
  call.simulation.side.modifications.set(volume.id, modification);
  call.simulation.record(call, 'AWS::EC2::Volume', volume.id);
  call.simulation.later(() => (modification.state = 'optimizing'));
  call.simulation.later(() => complete(call, modification), 2);
  return { volumeModification: modificationXml(modification) };
}

/** A new type starts without the old type's settings; within a type what is not named stays. */
function targetShape(volume: Volume, input: QueryInput): Shape {
  const volumeType = volumeTypeOf(input.text('VolumeType') ?? volume.volumeType);
  const kept = volumeType === volume.volumeType ? volume : undefined;
  return {
    volumeType,
    size: input.number('Size') ?? volume.size,
    iops: input.number('Iops') ?? kept?.iops,
    throughput: input.number('Throughput') ?? kept?.throughput,
  };
}

function checkModifiable(call: Call, volume: Volume, target: Shape): void {
  if (volume.state !== 'available' && volume.state !== 'in-use') {
    throw new AwsError('IncorrectState', `Volume '${volume.id}' is '${volume.state}'.`);
  }
  checkShape(target);
  if (target.size < volume.size) {
    throw new AwsError('InvalidParameterValue', 'New size cannot be smaller than existing size');
  }
  const running = call.simulation.side.modifications.get(volume.id);
  if (running && running.state !== 'completed') {
    throw new AwsError('IncorrectModificationState', `Volume ${volume.id} is already being modified.`);
  }
  const since = call.simulation.now() - day;
  if (volume.modifications.filter((time) => time > since).length >= perDay) {
    throw new AwsError(
      'VolumeModificationRateExceeded',
      `You've reached the maximum modification rate per volume limit. Volume ${volume.id} was modified ${perDay} times in the last 24 hours.`,
    );
  }
}

function visibleShape(shape: Shape): VolumeShape {
  return { volumeType: shape.volumeType, size: shape.size, ...performance(shape) };
}

function complete(call: Call, modification: VolumeModification): void {
  modification.state = 'completed';
  modification.endTime = call.simulation.now();
}

export function describeVolumesModifications(call: Call, input: QueryInput): XmlObject {
  const { world, side } = call.simulation;
  const mine = [...side.modifications.values()]
    .filter((item) => find(call, world.volumes, item.volumeId))
    .map((item) => ({ ...item, tags: {} }));
  const ids = input.list('VolumeId');
  const missing = (id: string) =>
    new AwsError('InvalidVolumeModification.NotFound', `Modification for volume '${id}' does not exist.`);
  for (const id of ids) needVolume(call, id);
  const chosen = selectIds(mine, ids, (item) => item.volumeId, missing);
  const found = applyFilters(chosen, input, {
    'volume-id': (item) => item.volumeId,
    'modification-state': (item) => item.state,
    'original-volume-type': (item) => item.original.volumeType,
    'target-volume-type': (item) => item.target.volumeType,
  });
  return pageOf(found, input, (item) => item.volumeId, modificationXml, {
    set: 'volumeModificationSet',
    max: 500,
  });
}

const progress = { modifying: 0, optimizing: 50, completed: 100 } as const;

function modificationXml(item: VolumeModification): XmlObject {
  return {
    volumeId: item.volumeId,
    modificationState: item.state,
    targetSize: item.target.size,
    targetIops: item.target.iops,
    targetVolumeType: item.target.volumeType,
    targetThroughput: item.target.throughput,
    originalSize: item.original.size,
    originalIops: item.original.iops,
    originalVolumeType: item.original.volumeType,
    originalThroughput: item.original.throughput,
    progress: progress[item.state],
    startTime: iso(item.startTime),
    endTime: item.endTime === undefined ? undefined : iso(item.endTime),
  };
}

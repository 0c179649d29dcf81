import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { Instance, Volume } from '../../world/world.js';
import { find } from '../owned.js';
import { rootDevice, stateOf } from './instances.ec2.js';
import { needInstance, needVolume } from './lookup.ec2.js';
import { attachmentXml } from './volumes.ec2.js';

const volumeKind = 'AWS::EC2::Volume';
const incorrectState = (message: string): AwsError => new AwsError('IncorrectState', message);

export function attachVolume(call: Call, input: QueryInput): XmlObject {
  const { side } = call.simulation;
  const volume = needVolume(call, input.need('VolumeId'));
  const instance = needInstance(call, input.need('InstanceId'));
  const device = input.need('Device');
  const error = attachError(call, volume, instance, device);
  if (error) throw error;
  const attachTime = call.simulation.now();
  volume.state = 'in-use';
  volume.attachedTo = { instanceId: instance.id, device, attachTime, deleteOnTermination: false };
  instance.volumeIds = [...instance.volumeIds, volume.id];
  side.attachment.set(volume.id, 'attaching');
  call.simulation.later(() => {
    if (side.attachment.get(volume.id) === 'attaching') side.attachment.delete(volume.id);
  });
  call.simulation.record(call, volumeKind, volume.id, instance.id);
  return attachmentXml(call, volume) ?? {};
}

function attachError(call: Call, volume: Volume, instance: Instance, device: string): AwsError | undefined {
  if (volume.state === 'in-use') {
    return new AwsError('VolumeInUse', `${volume.id} is already attached to an instance`);
  }
  if (volume.state !== 'available') return incorrectState(`Volume '${volume.id}' is not 'available'.`);
  if (!['running', 'stopped'].includes(stateOf(call, instance))) {
    return incorrectState(`Instance '${instance.id}' is not 'running' or 'stopped'.`);
  }
  if (volume.availabilityZone !== instance.availabilityZone) {
    const message = `The volume '${volume.id}' is not in the same availability zone as instance '${instance.id}'`;
    return new AwsError('InvalidVolume.ZoneMismatch', message);
  }
  const { volumes } = call.simulation.world;
  if (instance.volumeIds.some((id) => find(call, volumes, id)?.attachedTo?.device === device)) {
    const message = `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`;
    return new AwsError('InvalidParameterValue', message);
  }
  return undefined;
}

export function detachVolume(call: Call, input: QueryInput): XmlObject {
  const { world, side } = call.simulation;
  const volume = needVolume(call, input.need('VolumeId'));
  const attached = needAttachment(call, volume, input.text('InstanceId'));
  const instance = find(call, world.instances, attached.instanceId);
  if (instance?.state === 'running' && rootDevice(call, instance) === attached.device) {
    const message = `Unable to detach root volume '${volume.id}' from instance '${instance.id}'`;
    throw new AwsError('OperationNotPermitted', message);
  }
  side.attachment.set(volume.id, 'detaching');
  call.simulation.record(call, volumeKind, volume.id, attached.instanceId);
  call.simulation.later(() => {
    side.attachment.delete(volume.id);
    if (instance) instance.volumeIds = instance.volumeIds.filter((id) => id !== volume.id);
    Object.assign(volume, { state: 'available', attachedTo: undefined });
  });
  return attachmentXml(call, volume) ?? {};
}

function needAttachment(
  call: Call,
  volume: Volume,
  instanceId: string | undefined,
): NonNullable<Volume['attachedTo']> {
  const attached = volume.attachedTo;
  const detaching = call.simulation.side.attachment.get(volume.id) === 'detaching';
  if (!attached || detaching) {
    throw incorrectState(
      `Volume '${volume.id}' is in the '${detaching ? 'detaching' : volume.state}' state.`,
    );
  }
  if (instanceId !== undefined && instanceId !== attached.instanceId) {
    const message = `The volume '${volume.id}' is not attached to instance '${instanceId}'.`;
    throw new AwsError('InvalidAttachment.NotFound', message);
  }
  return attached;
}

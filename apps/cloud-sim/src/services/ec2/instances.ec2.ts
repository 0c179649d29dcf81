import { createHash } from 'node:crypto';
import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { Instance } from '../../world/world.js';
import { find, own } from '../owned.js';
import type { FilterFields } from './filters.ec2.js';
import { applyFilters, pageOf, selectIds, tagSet } from './filters.ec2.js';
import { needInstance, noInstance } from './lookup.ec2.js';

const stateCodes = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

export type InstanceState = keyof typeof stateCodes;

/** The state EC2 would show: the world itself knows no `shutting-down`. */
export function stateOf(call: Call, instance: Instance): InstanceState {
  return call.simulation.side.shuttingDown.has(instance.id) ? 'shutting-down' : instance.state;
}

export const stateXml = (name: InstanceState): XmlObject => ({ code: stateCodes[name], name });

export function describeInstances(call: Call, input: QueryInput): XmlObject {
  const mine = own(call, call.simulation.world.instances.values());
  const chosen = selectIds(mine, input.list('InstanceId'), (item) => item.id, noInstance);
  const found = applyFilters(chosen, input, instanceFields(call));
  return pageOf(
    found,
    input,
    (item) => item.id,
    (item) => reservation(call, item),
    { set: 'reservationSet' },
  );
}

function instanceFields(call: Call): FilterFields<Instance> {
  return {
    'instance-id': (item) => item.id,
    'instance-type': (item) => item.instanceType,
    'instance-state-name': (item) => stateOf(call, item),
    'instance-state-code': (item) => stateCodes[stateOf(call, item)],
    'availability-zone': (item) => item.availabilityZone,
    architecture: (item) => item.architecture,
    'image-id': (item) => item.imageId,
    'monitoring-state': (item) => item.monitoring,
    'root-device-type': (item) => item.rootDeviceType,
    'ip-address': (item) => item.publicIp,
    'private-ip-address': (item) => item.privateIp,
    'platform-details': (item) => item.platformDetails,
    'owner-id': (item) => item.accountId,
    'block-device-mapping.volume-id': (item) => item.volumeIds,
    'launch-time': (item) => launchTime(call, item),
  };
}

const launchTime = (call: Call, item: Instance): string =>
  iso(call.simulation.side.launches.get(item.id) ?? item.launchTime);

function reservation(call: Call, item: Instance): XmlObject {
  return {
    reservationId: `r-${createHash('sha256').update(item.id).digest('hex').slice(0, 17)}`,
    ownerId: item.accountId,
    groupSet: '',
    instancesSet: { item: instanceXml(call, item) },
  };
}

function instanceXml(call: Call, item: Instance): XmlObject {
  return {
    instanceId: item.id,
    imageId: item.imageId,
    instanceState: stateXml(stateOf(call, item)),
    privateDnsName: `ip-${item.privateIp.replaceAll('.', '-')}.${item.region}.compute.internal`,
    dnsName: '',
    reason: item.stateTransitionReason,
    amiLaunchIndex: 0,
    instanceType: item.instanceType,
    launchTime: launchTime(call, item),
    placement: { availabilityZone: item.availabilityZone, groupName: '', tenancy: 'default' },
    platform: item.platformDetails.startsWith('Windows') ? 'windows' : undefined,
    monitoring: { state: item.monitoring },
    privateIpAddress: item.privateIp,
    ipAddress: item.publicIp,
    architecture: item.architecture,
    rootDeviceType: item.rootDeviceType,
    rootDeviceName: rootDevice(call, item),
    blockDeviceMapping: { item: blockDevices(call, item) },
    virtualizationType: 'hvm',
    clientToken: '',
    tagSet: tagSet(item.tags),
    hypervisor: 'xen',
    stateReason: stateReason(item),
    ebsOptimized: true,
    platformDetails: item.platformDetails,
  };
}

function stateReason(item: Instance): XmlObject | undefined {
  if (item.state !== 'stopped' && item.state !== 'terminated') return undefined;
  const verb = item.state === 'stopped' ? 'shutdown' : 'terminated';
  return {
    code: `Client.UserInitiated${verb === 'shutdown' ? 'Shutdown' : ''}`,
    message: `Client: user initiated ${verb}`,
  };
}

/** The device of the first volume is the root, unless a volume sits on one of the usual root names. */
export function rootDevice(call: Call, item: Instance): string | undefined {
  if (item.rootDeviceType !== 'ebs') return undefined;
  const devices = item.volumeIds.map(
    (id) => find(call, call.simulation.world.volumes, id)?.attachedTo?.device,
  );
  return devices.find((device) => device === '/dev/xvda' || device === '/dev/sda1') ?? devices[0];
}

function blockDevices(call: Call, item: Instance): XmlObject[] {
  const { world, side } = call.simulation;
  return item.volumeIds.flatMap((volumeId) => {
    const attachment = find(call, world.volumes, volumeId)?.attachedTo;
    if (!attachment) return [];
    return {
      deviceName: attachment.device,
      ebs: {
        volumeId,
        status: side.attachment.get(volumeId) ?? 'attached',
        attachTime: iso(attachment.attachTime),
        deleteOnTermination: attachment.deleteOnTermination,
      },
    };
  });
}

/** DescribeInstanceAttribute: the attributes that decide whether an action is allowed. */
export function describeInstanceAttribute(call: Call, input: QueryInput): XmlObject {
  const item = needInstance(call, input.need('InstanceId'));
  const attribute = input.need('Attribute');
  const protection = call.simulation.side.protection.get(item.id);
  const attributes: Readonly<Record<string, XmlObject>> = {
    disableApiTermination: { disableApiTermination: { value: protection?.termination ?? false } },
    disableApiStop: { disableApiStop: { value: protection?.stop ?? false } },
    instanceType: { instanceType: { value: item.instanceType } },
    rootDeviceName: { rootDeviceName: { value: rootDevice(call, item) } },
    ebsOptimized: { ebsOptimized: { value: true } },
    instanceInitiatedShutdownBehavior: { instanceInitiatedShutdownBehavior: { value: 'stop' } },
    blockDeviceMapping: { blockDeviceMapping: { item: blockDevices(call, item) } },
  };
  const found = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
  if (!found) throw new AwsError('InvalidParameterValue', `The attribute '${attribute}' is not simulated.`);
  return { instanceId: item.id, ...found };
}

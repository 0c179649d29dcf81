import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { Instance } from '../../world/world.js';
import { find, own } from '../owned.js';
import { freshIp } from './addresses.ec2.js';
import type { InstanceState } from './instances.ec2.js';
import { stateOf, stateXml } from './instances.ec2.js';
import { needInstance, noInstance } from './lookup.ec2.js';

const instanceType = 'AWS::EC2::Instance';

export const stopInstances = transition({
  allowed: ['running', 'stopping', 'stopped'],
  verb: 'stopped',
  refuse(call, item) {
    if (item.rootDeviceType !== 'ebs') {
      return new AwsError(
        'UnsupportedOperation',
        `The instance '${item.id}' does not have an 'ebs' root device type and cannot be stopped`,
      );
    }
    return protectedError(call, item, 'stop');
  },
  apply(call, item) {
    if (item.state !== 'running') return;
    item.state = 'stopping';
    item.stateTransitionReason = userInitiated(call);
    settle(call, item.id, 'stopping', 'stopped', (stopped) => {
      if (stopped.publicIp === undefined || elasticAddress(call, stopped.id)) return;
      delete stopped.publicIp;
      call.simulation.side.lostPublicIp.add(stopped.id);
    });
  },
});

export const startInstances = transition({
  allowed: ['stopped', 'pending', 'running'],
  verb: 'started',
  apply(call, item) {
    if (item.state !== 'stopped') return;
    item.state = 'pending';
    item.stateTransitionReason = '';
    call.simulation.side.launches.set(item.id, call.simulation.now());
    if (call.simulation.side.lostPublicIp.delete(item.id)) item.publicIp = freshIp(call);
    settle(call, item.id, 'pending', 'running');
  },
});

export const terminateInstances = transition({
  allowed: ['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated'],
  verb: 'terminated',
  refuse: (call, item) => protectedError(call, item, 'termination'),
  apply(call, item) {
    const { simulation } = call;
    if (item.state === 'terminated' || simulation.side.shuttingDown.has(item.id)) return;
    simulation.side.shuttingDown.add(item.id);
    item.stateTransitionReason = userInitiated(call);
    simulation.later(() => terminate(call, item.id));
  },
});

interface Transition {
  readonly allowed: readonly InstanceState[];
  readonly verb: string;
  refuse?(call: Call, item: Instance): AwsError | undefined;
  apply(call: Call, item: Instance): void;
}

/** All instances change or none does: every refusal comes before the first change. */
function transition(rule: Transition) {
  return (call: Call, input: QueryInput): XmlObject => {
    const items = needAll(call, input);
    for (const item of items) {
      const state = stateOf(call, item);
      if (!rule.allowed.includes(state)) {
        throw incorrectState(
          `The instance '${item.id}' is not in a state from which it can be ${rule.verb}.`,
        );
      }
      const error = rule.refuse?.(call, item);
      if (error) throw error;
    }
    const before = items.map((item) => stateOf(call, item));
    for (const item of items) rule.apply(call, item);
    call.simulation.record(call, instanceType, ...items.map((item) => item.id));
    const changes = items.map((item, i) => ({
      instanceId: item.id,
      currentState: stateXml(stateOf(call, item)),
      previousState: stateXml(before[i] ?? item.state),
    }));
    return { instancesSet: { item: changes } };
  };
}

function needAll(call: Call, input: QueryInput): Instance[] {
  const ids = [...new Set(input.list('InstanceId'))];
  if (ids.length === 0)
    throw new AwsError('MissingParameter', 'The request must contain the parameter InstanceId');
  const missing = ids.filter((id) => !find(call, call.simulation.world.instances, id));
  if (missing.length > 0) throw noInstance(...missing);
  return ids.map((id) => needInstance(call, id));
}

const incorrectState = (message: string): AwsError => new AwsError('IncorrectInstanceState', message);

function protectedError(call: Call, item: Instance, kind: 'termination' | 'stop'): AwsError | undefined {
  if (!call.simulation.side.protection.get(item.id)?.[kind]) return undefined;
  const attribute = kind === 'stop' ? 'disableApiStop' : 'disableApiTermination';
  const message = `The instance '${item.id}' may not be changed. Modify its '${attribute}' instance attribute and try again.`;
  return new AwsError('OperationNotPermitted', message);
}

const userInitiated = (call: Call): string =>
  `User initiated (${iso(call.simulation.now()).slice(0, 19).replace('T', ' ')} GMT)`;

function settle(
  call: Call,
  id: string,
  from: Instance['state'],
  to: Instance['state'],
  also?: (item: Instance) => void,
): void {
  call.simulation.later(() => {
    const item = call.simulation.world.instances.get(id);
    if (item?.state !== from || call.simulation.side.shuttingDown.has(id)) return;
    item.state = to;
    also?.(item);
  });
}

const elasticAddress = (call: Call, instanceId: string) =>
  own(call, call.simulation.world.addresses.values()).find((address) => address.instanceId === instanceId);

function terminate(call: Call, id: string): void {
  const { world, side } = call.simulation;
  const item = world.instances.get(id);
  if (!item) return;
  side.shuttingDown.delete(id);
  item.state = 'terminated';
  delete item.publicIp;
  const address = elasticAddress(call, id);
  if (address) {
    delete address.instanceId;
    delete address.associationId;
  }
  for (const volume of own(call, world.volumes.values())) {
    if (volume.attachedTo?.instanceId !== id) continue;
    if (volume.attachedTo.deleteOnTermination) world.volumes.delete(volume.id);
    else Object.assign(volume, { state: 'available', attachedTo: undefined });
  }
  item.volumeIds = [];
}

/** ModifyInstanceAttribute: the type (stopped instances only) and the two kinds of protection. */
export function modifyInstanceAttribute(call: Call, input: QueryInput): XmlObject {
  const item = needInstance(call, input.need('InstanceId'));
  const named = input.text('Attribute');
  const read = (name: string): string | undefined =>
    named?.toLowerCase() === name.toLowerCase() ? input.text('Value') : input.text(`${name}.Value`);
  const type = read('InstanceType');
  const termination = read('DisableApiTermination');
  const stop = read('DisableApiStop');
  if (type === undefined && termination === undefined && stop === undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'No attribute that this simulation can modify was given',
    );
  }
  if (type !== undefined) changeType(call, item, type);
  const { protection } = call.simulation.side;
  const before = protection.get(item.id) ?? { termination: false, stop: false };
  protection.set(item.id, {
    termination: termination === undefined ? before.termination : termination === 'true',
    stop: stop === undefined ? before.stop : stop === 'true',
  });
  call.simulation.record(call, instanceType, item.id);
  return { return: true };
}

function changeType(call: Call, item: Instance, name: string): void {
  if (stateOf(call, item) !== 'stopped') {
    throw incorrectState(`The instance '${item.id}' is not in the 'stopped' state.`);
  }
  const type = call.simulation.world.instanceTypes.find((candidate) => candidate.name === name);
  if (!type) throw new AwsError('InvalidInstanceAttributeValue', `Invalid value '${name}' for InstanceType.`);
  if (type.architecture !== item.architecture) {
    throw new AwsError(
      'InvalidParameterCombination',
      `The architecture '${type.architecture}' of ${name} does not match the architecture '${item.architecture}' of the instance's AMI.`,
    );
  }
  item.instanceType = name;
}

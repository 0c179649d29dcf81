import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { Address } from '../../world/world.js';
import { find, own } from '../owned.js';
import { applyFilters, selectIds, tagSet, tagsFor } from './filters.ec2.js';
import { needAddress, noAddress } from './lookup.ec2.js';

const addressKind = 'AWS::EC2::EIP';
const noPublicIp = (ip: string): AwsError =>
  new AwsError('InvalidAddress.NotFound', `Address '${ip}' not found.`);

/** DescribeAddresses has no pages in EC2 either. */
export function describeAddresses(call: Call, input: QueryInput): XmlObject {
  const mine = own(call, call.simulation.world.addresses.values());
  const byId = selectIds(mine, input.list('AllocationId'), (item) => item.allocationId, noAddress);
  const byIp = selectIds(byId, input.list('PublicIp'), (item) => item.publicIp, noPublicIp);
  const found = applyFilters(byIp, input, {
    'allocation-id': (item) => item.allocationId,
    'association-id': (item) => item.associationId,
    'instance-id': (item) => item.instanceId,
    'public-ip': (item) => item.publicIp,
    domain: () => 'vpc',
  });
  return { addressesSet: { item: found.map((item) => addressXml(call, item)) } };
}

function addressXml(call: Call, item: Address): XmlObject {
  return {
    publicIp: item.publicIp,
    allocationId: item.allocationId,
    domain: 'vpc',
    associationId: item.associationId,
    instanceId: item.instanceId,
    privateIpAddress: find(call, call.simulation.world.instances, item.instanceId)?.privateIp,
    publicIpv4Pool: 'amazon',
    networkBorderGroup: item.region,
    tagSet: tagSet(item.tags),
  };
}

/** AllocateAddress: a new address, or with `Address` one that this account released before and nobody took. */
export function allocateAddress(call: Call, input: QueryInput): XmlObject {
  const { simulation, accountId, region } = call;
  const address: Address = {
    allocationId: simulation.newId('eipalloc'),
    publicIp: recoveredIp(call, input.text('Address')) ?? freshIp(call),
    accountId,
    region,
    tags: tagsFor(input, 'elastic-ip'),
  };
  simulation.world.addresses.set(address.allocationId, address);
  simulation.side.released.delete(address.publicIp);
  simulation.record(call, addressKind, address.allocationId);
  return {
    publicIp: address.publicIp,
    allocationId: address.allocationId,
    domain: 'vpc',
    publicIpv4Pool: 'amazon',
    networkBorderGroup: region,
  };
}

function recoveredIp(call: Call, asked: string | undefined): string | undefined {
  if (asked === undefined) return undefined;
  const released = call.simulation.side.released.get(asked);
  if (released?.accountId !== call.accountId || released.region !== call.region) throw noPublicIp(asked);
  return asked;
}

/** From TEST-NET-2 and TEST-NET-3 (RFC 5737): no simulated address is anybody's. */
export function freshIp(call: Call): string {
  const { world, side } = call.simulation;
  const taken = new Set(
    [...world.addresses.values(), ...world.instances.values()].map((item) => item.publicIp),
  );
  for (const net of ['198.51.100', '203.0.113']) {
    for (let host = 1; host < 255; host++) {
      const ip = `${net}.${host}`;
      if (!taken.has(ip) && !side.released.has(ip)) return ip;
    }
  }
  throw new AwsError('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
}

export function releaseAddress(call: Call, input: QueryInput): XmlObject {
  const address = needAddress(call, input.need('AllocationId'));
  if (address.associationId !== undefined || address.instanceId !== undefined) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`);
  }
  call.simulation.world.addresses.delete(address.allocationId);
  call.simulation.side.released.set(address.publicIp, address);
  call.simulation.record(call, addressKind, address.allocationId);
  return { return: true };
}

import { AwsError } from '../../aws-error.js';
import type { Operation, Service } from '../../protocols/protocol.js';
import type { QueryInput } from '../../protocols/query-input.js';
import { ec2Query } from '../../protocols/query.protocol.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import { allocateAddress, describeAddresses, releaseAddress } from './addresses.ec2.js';
import { attachVolume, detachVolume } from './attachments.ec2.js';
import {
  describeAvailabilityZones,
  describeInstanceTypes,
  describeNatGateways,
  describeRegions,
} from './catalogue.ec2.js';
import { createImage, describeImages } from './images.ec2.js';
import {
  modifyInstanceAttribute,
  startInstances,
  stopInstances,
  terminateInstances,
} from './instance-actions.ec2.js';
import { describeInstanceAttribute, describeInstances } from './instances.ec2.js';
import { createSnapshot, deleteSnapshot, describeSnapshots } from './snapshots.ec2.js';
import { createTags, deleteTags, describeTags } from './tags.ec2.js';
import { createVolume, deleteVolume } from './volume-actions.ec2.js';
import { describeVolumesModifications, modifyVolume } from './volume-modifications.ec2.js';
import { describeVolumes } from './volumes.ec2.js';

type Ec2Handler = (call: Call, input: QueryInput) => XmlObject;

const handlers: Readonly<Record<string, Ec2Handler>> = {
  DescribeRegions: describeRegions,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeNatGateways: describeNatGateways,
  DescribeInstances: describeInstances,
  DescribeInstanceAttribute: describeInstanceAttribute,
  StopInstances: stopInstances,
  StartInstances: startInstances,
  TerminateInstances: terminateInstances,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  DescribeVolumes: describeVolumes,
  CreateVolume: createVolume,
  DeleteVolume: deleteVolume,
  AttachVolume: attachVolume,
  DetachVolume: detachVolume,
  ModifyVolume: modifyVolume,
  DescribeVolumesModifications: describeVolumesModifications,
  DescribeSnapshots: describeSnapshots,
  CreateSnapshot: createSnapshot,
  DeleteSnapshot: deleteSnapshot,
  DescribeImages: describeImages,
  CreateImage: createImage,
  DescribeAddresses: describeAddresses,
  AllocateAddress: allocateAddress,
  ReleaseAddress: releaseAddress,
  DescribeTags: describeTags,
  CreateTags: createTags,
  DeleteTags: deleteTags,
};

/** Every EC2 operation takes `DryRun`: the caller may do it, and nothing happens. */
const withDryRun =
  (handle: Ec2Handler): Operation =>
  (call: Call, input: QueryInput) => {
    if (input.flag('DryRun')) {
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    }
    return handle(call, input);
  };

export const ec2: Service = {
  scope: 'ec2',
  protocol: ec2Query('http://ec2.amazonaws.com/doc/2016-11-15/'),
  operations: Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [name, withDryRun(handle)]),
  ),
};

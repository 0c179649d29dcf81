import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { Image } from '../../world/world.js';
import { find, own } from '../owned.js';
import { applyFilters, pageOf, selectIds, tagSet, tagsOf } from './filters.ec2.js';
import { stateOf } from './instances.ec2.js';
import { needInstance, noImage } from './lookup.ec2.js';
import { addSnapshot } from './snapshots.ec2.js';

export function describeImages(call: Call, input: QueryInput): XmlObject {
  const owners = input.list('Owner');
  const wanted = owners.length === 0 || owners.includes('self') || owners.includes(call.accountId);
  const mine = wanted ? own(call, call.simulation.world.images.values()) : [];
  const chosen = selectIds(mine, input.list('ImageId'), (item) => item.id, noImage);
  const found = applyFilters(chosen, input, {
    'image-id': (item) => item.id,
    name: (item) => item.name,
    architecture: (item) => item.architecture,
    state: (item) => stateOfImage(call, item),
    'owner-id': (item) => item.accountId,
    'is-public': () => false,
    'creation-date': (item) => iso(item.creationDate),
    'block-device-mapping.snapshot-id': (item) => item.snapshotIds,
  });
  return pageOf(
    found,
    input,
    (item) => item.id,
    (item) => imageXml(call, item),
    { set: 'imagesSet' },
  );
}

const stateOfImage = (call: Call, item: Image): string =>
  call.simulation.side.pendingImages.has(item.id) ? 'pending' : 'available';

function imageXml(call: Call, item: Image): XmlObject {
  return {
    imageId: item.id,
    imageLocation: `${item.accountId}/${item.name}`,
    imageState: stateOfImage(call, item),
    imageOwnerId: item.accountId,
    creationDate: iso(item.creationDate),
    isPublic: false,
    architecture: item.architecture,
    imageType: 'machine',
    name: item.name,
    rootDeviceType: 'ebs',
    rootDeviceName: device(0),
    blockDeviceMapping: { item: item.snapshotIds.map((id, i) => blockDevice(call, id, i)) },
    virtualizationType: 'hvm',
    tagSet: tagSet(item.tags),
    hypervisor: 'xen',
    platformDetails: 'Linux/UNIX',
  };
}

const device = (index: number): string =>
  index === 0 ? '/dev/xvda' : `/dev/sd${String.fromCharCode(101 + index)}`;

function blockDevice(call: Call, snapshotId: string, index: number): XmlObject {
  const volumeSize = find(call, call.simulation.world.snapshots, snapshotId)?.size;
  return {
    deviceName: device(index),
    ebs: { snapshotId, volumeSize, deleteOnTermination: true, encrypted: false },
  };
}

/** CreateImage: one snapshot per volume of the instance; the image is `pending` until they are complete. */
export function createImage(call: Call, input: QueryInput): XmlObject {
  const { simulation, accountId, region } = call;
  const instance = needInstance(call, input.need('InstanceId'));
  const name = input.need('Name');
  if (!['running', 'stopped'].includes(stateOf(call, instance))) {
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${instance.id}' is not in a state that can be imaged.`,
    );
  }
  const namesake = own(call, simulation.world.images.values()).find((item) => item.name === name);
  if (namesake) {
    throw new AwsError(
      'InvalidAMIName.Duplicate',
      `AMI name ${name} is already in use by AMI ${namesake.id}`,
    );
  }
  const tags = tagsByType(input);
  const id = simulation.newId('ami');
  const snapshotIds = instance.volumeIds.flatMap((volumeId) => {
    const volume = find(call, simulation.world.volumes, volumeId);
    if (!volume) return [];
    return addSnapshot(call, volume, `Created by CreateImage(${instance.id}) for ${id}`, {
      ...tags('snapshot'),
    }).id;
  });
  const { architecture } = instance;
  const creationDate = simulation.now();
  simulation.world.images.set(id, {
    id,
    accountId,
    region,
    tags: tags('image'),
    name,
    creationDate,
    snapshotIds,
    architecture,
  });
  simulation.side.pendingImages.add(id);
  simulation.later(() => simulation.side.pendingImages.delete(id), 2);
  simulation.record(call, 'AWS::EC2::Ami', id, instance.id);
  return { imageId: id };
}

/** CreateImage may tag the image and its snapshots in one request. */
function tagsByType(input: QueryInput): (type: 'image' | 'snapshot') => Record<string, string> {
  const groups = input.groups('TagSpecification');
  return (type) => {
    const fitting = groups.filter((group) => group.text('ResourceType') === type);
    return Object.assign({}, ...fitting.map(tagsOf)) as Record<string, string>;
  };
}

import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { Owned, World } from '../../world/world.js';
import { find, own } from '../owned.js';
import { applyFilters, pageOf, tagsOf } from './filters.ec2.js';
import { noAddress, noImage, noInstance, noSnapshot, noVolume } from './lookup.ec2.js';

interface Taggable {
  readonly prefix: string;
  readonly type: string;
  readonly kind: string;
  readonly map: (world: World) => ReadonlyMap<string, Owned>;
  readonly missing: (id: string) => AwsError;
}

const taggables: readonly Taggable[] = [
  {
    prefix: 'i-',
    type: 'instance',
    kind: 'AWS::EC2::Instance',
    map: (w) => w.instances,
    missing: noInstance,
  },
  { prefix: 'vol-', type: 'volume', kind: 'AWS::EC2::Volume', map: (w) => w.volumes, missing: noVolume },
  {
    prefix: 'snap-',
    type: 'snapshot',
    kind: 'AWS::EC2::Snapshot',
    map: (w) => w.snapshots,
    missing: noSnapshot,
  },
  { prefix: 'ami-', type: 'image', kind: 'AWS::EC2::Ami', map: (w) => w.images, missing: noImage },
  {
    prefix: 'eipalloc-',
    type: 'elastic-ip',
    kind: 'AWS::EC2::EIP',
    map: (w) => w.addresses,
    missing: noAddress,
  },
];

export function describeTags(call: Call, input: QueryInput): XmlObject {
  const all = taggables.flatMap(({ type, map }) => {
    const entries = [...map(call.simulation.world)].filter(([, item]) => own(call, [item]).length > 0);
    return entries.flatMap(([resourceId, { tags }]) =>
      Object.entries(tags).map(([key, value]) => ({ resourceId, resourceType: type, key, value, tags })),
    );
  });
  const found = applyFilters(all, input, {
    'resource-id': (item) => item.resourceId,
    'resource-type': (item) => item.resourceType,
    key: (item) => item.key,
    value: (item) => item.value,
  });
  const keyOf = (item: (typeof all)[number]): string => `${item.resourceId} ${item.key}`;
  return pageOf(found, input, keyOf, ({ tags: _tags, ...item }) => item, { set: 'tagSet' });
}

export function createTags(call: Call, input: QueryInput): XmlObject {
  const tags = tagsOf(input);
  const reserved = Object.keys(tags).find((key) => key.toLowerCase().startsWith('aws:'));
  if (reserved) {
    throw new AwsError(
      'InvalidParameterValue',
      `Tag keys starting with 'aws:' are reserved for internal use`,
    );
  }
  const items = needTaggables(call, input);
  if (items.some(({ item }) => Object.keys({ ...item.tags, ...tags }).length > 50)) {
    throw new AwsError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
  }
  for (const { item } of items) item.tags = { ...item.tags, ...tags };
  for (const { id, kind } of items) call.simulation.record(call, kind, id);
  return { return: true };
}

/** DeleteTags: a tag without a value goes whatever its value, no tag at all means every user tag. */
export function deleteTags(call: Call, input: QueryInput): XmlObject {
  const items = needTaggables(call, input);
  const wanted = input.groups('Tag').map((tag) => ({ key: tag.need('Key'), value: tag.text('Value') }));
  const goes = (key: string, value: string): boolean =>
    wanted.length === 0
      ? !key.startsWith('aws:')
      : wanted.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value));
  for (const { item } of items) {
    item.tags = Object.fromEntries(Object.entries(item.tags).filter(([key, value]) => !goes(key, value)));
  }
  for (const { id, kind } of items) call.simulation.record(call, kind, id);
  return { return: true };
}

function needTaggables(call: Call, input: QueryInput): { id: string; kind: string; item: Owned }[] {
  const ids = input.list('ResourceId');
  if (ids.length === 0)
    throw new AwsError('MissingParameter', 'The request must contain the parameter resourceIdSet');
  return ids.map((id) => {
    const taggable = taggables.find(({ prefix }) => id.startsWith(prefix));
    if (!taggable) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
    const item = find(call, taggable.map(call.simulation.world), id);
    if (!item) throw taggable.missing(id);
    return { id, kind: taggable.kind, item };
  });
}

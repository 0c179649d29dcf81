import type { Resource, ResourceType } from '@trimtab/contracts';
import { canonicalJson } from '@trimtab/kernel';
import type { Live } from './target.js';

/** What is known about a resource, by name; null = not set, so that it can be told from "not looked at". */
export type Facts = Readonly<Record<string, unknown>>;

/** What a finding stood on and what must still hold just before the act: names that scan and live state share. */
const watched: { readonly [T in ResourceType]: readonly string[] } = {
  'ec2:instance': ['state', 'instanceType', 'rootDeviceType', 'launchedAt'],
  'ec2:volume': ['state', 'volumeType', 'sizeGiB', 'iops', 'throughputMiBps', 'attachedTo'],
  'ec2:snapshot': ['state', 'sizeGiB', 'volumeId'],
  'ec2:elastic-ip': ['publicIp', 'associationId', 'instanceId'],
  'rds:db-instance': [
    'status',
    'dbInstanceClass',
    'storageType',
    'allocatedStorageGiB',
    'iops',
    'multiAz',
    'readReplicaSource',
  ],
  'lambda:function': ['reservedConcurrency', 'lastModifiedAt'],
  's3:bucket': ['lifecycleRules'],
  'elasticloadbalancing:loadbalancer': ['targetGroups'],
  'logs:log-group': ['retentionInDays'],
};

/** The tags of a bucket are not part of the live state that effects read. */
const tagged = (type: ResourceType): boolean => type !== 's3:bucket';

/** The preconditions of an action on a scanned resource. */
export function factsOfResource(resource: Resource): Facts {
  return factsOf(resource.type, resource.attributes, resource.tags);
}

/** The same facts of the live state; a resource that is gone has none but `exists: false`. */
export function factsOfLive(type: ResourceType, live: Live | undefined): Facts {
  if (isGone(live)) return { exists: false };
  return factsOf(type, live as object, 'tags' in (live as object) ? (live as { tags: object }).tags : {});
}

/** Terminated instances and deleted volumes are still described for a while. */
function isGone(live: Live | undefined): boolean {
  if (live === undefined) return true;
  const state = 'state' in live ? live.state : undefined;
  return state === 'terminated' || state === 'deleted';
}

function factsOf(type: ResourceType, from: object, tags: object): Facts {
  const values = from as Record<string, unknown>;
  const facts = Object.fromEntries(watched[type].map((name) => [name, values[name] ?? null]));
  return { exists: true, ...facts, ...(tagged(type) ? { tags } : {}) };
}

export interface Difference {
  readonly name: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** Every expected fact that does not hold; facts that nothing was expected of are not looked at. */
export function differences(expected: Facts, found: Facts): Difference[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const actual = found[name] ?? null;
    return same(name, value, actual) ? [] : [{ name, expected: value, found: actual }];
  });
}

function same(name: string, a: unknown, b: unknown): boolean {
  if (name === 'lifecycleRules') return sameRules((a as object[] | null) ?? [], (b as object[] | null) ?? []);
  return canonicalJson(a) === canonicalJson(b);
}

/** Lifecycle rules have no order, and no rules are the same as no configuration. */
export const sameRules = (a: readonly object[] = [], b: readonly object[] = []): boolean =>
  canonicalJson(a.map((rule) => canonicalJson(rule)).sort()) ===
  canonicalJson(b.map((rule) => canonicalJson(rule)).sort());

/** For people: `state was "running", is "stopped"`; a new exemption is called by its name. */
export function describeDifferences(list: readonly Difference[]): string {
  return list.map(describeDifference).join('; ');
}

function describeDifference({ name, expected, found }: Difference): string {
  if (name === 'exists' && found === false) return 'it does not exist any more';
  if (name === 'tags') return describeTags(expected as object | null, found as object | null);
  return `${name} was ${text(expected)}, is ${text(found)}`;
}

function describeTags(expected: object | null, found: object | null): string {
  const [before, now] = [tagMap(expected), tagMap(found)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const changed = names.filter((name) => before[name] !== now[name]);
  return `tags changed: ${changed.map((name) => `${name} was ${text(before[name])}, is ${text(now[name])}`).join(', ')}`;
}

const tagMap = (tags: object | null): Record<string, unknown> => ({ ...tags });
const text = (value: unknown): string =>
  value === null || value === undefined ? 'not set' : JSON.stringify(value);

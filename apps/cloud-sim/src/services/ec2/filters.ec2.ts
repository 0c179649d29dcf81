import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import { pageByKey, sizeWithin } from '../page.js';

type Tags = Readonly<Record<string, string>>;
type Field = string | number | boolean | undefined;

/** What a filter name compares with; an array matches when one of its values does. */
export type FilterFields<T> = Readonly<Record<string, (item: T) => Field | readonly Field[]>>;

/** Items that pass every `Filter.n`; the values of one filter are alternatives and may hold `*` and `?`. */
export function applyFilters<T extends { readonly tags: Tags }>(
  items: readonly T[],
  input: QueryInput,
  fields: FilterFields<T>,
): T[] {
  const tests = input.groups('Filter').map((filter) => filterTest(filter, fields));
  return items.filter((item) => tests.every((test) => test(item)));
}

function filterTest<T extends { readonly tags: Tags }>(filter: QueryInput, fields: FilterFields<T>) {
  const name = filter.need('Name');
  const patterns = filter.list('Value').map(wildcard);
  const read = fieldOf(name, fields);
  return (item: T): boolean => {
    const found = read(item);
    const values = Array.isArray(found) ? (found as readonly Field[]) : [found as Field];
    return values.some((value) => value !== undefined && patterns.some((pattern) => pattern(String(value))));
  };
}

function fieldOf<T extends { readonly tags: Tags }>(name: string, fields: FilterFields<T>) {
  if (name.startsWith('tag:')) return (item: T) => item.tags[name.slice(4)];
  if (name === 'tag-key') return (item: T) => Object.keys(item.tags);
  if (name === 'tag-value') return (item: T) => Object.values(item.tags);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return field;
}

function wildcard(pattern: string): (value: string) => boolean {
  if (!/[*?]/.test(pattern)) return (value) => value === pattern;
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${escaped}$`, 's');
  return (value) => expression.test(value);
}

/** The resources with these ids; one that is missing fails the whole request, as in EC2. */
export function selectIds<T>(
  items: readonly T[],
  ids: readonly string[],
  idOf: (item: T) => string,
  missing: (id: string) => AwsError,
): readonly T[] {
  if (ids.length === 0) return items;
  const known = new Map(items.map((item) => [idOf(item), item]));
  return [...new Set(ids)].map((id) => {
    const item = known.get(id);
    if (!item) throw missing(id);
    return item;
  });
}

/** One page as EC2 writes it: `<set><item>…</item></set><nextToken>…`. */
export function pageOf<T>(
  items: readonly T[],
  input: QueryInput,
  keyOf: (item: T) => string,
  write: (item: T) => XmlObject,
  options: { readonly set: string; readonly max?: number },
): XmlObject {
  const size = sizeWithin(input.number('MaxResults'), options.max ?? 1000);
  const page = pageByKey(items, keyOf, {
    token: input.text('NextToken'),
    size,
    badToken: 'InvalidNextToken',
  });
  return { [options.set]: { item: page.items.map(write) }, nextToken: page.next };
}

export const tagSet = (tags: Tags): XmlObject => ({
  item: Object.entries(tags).map(([key, value]) => ({ key, value })),
});

/** Tags of the `TagSpecification.n` for this type of resource. */
export function tagsFor(input: QueryInput, resourceType: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const specification of input.groups('TagSpecification')) {
    const type = specification.need('ResourceType');
    if (type !== resourceType) {
      throw new AwsError(
        'InvalidParameterValue',
        `'${type}' is not a valid taggable resource type for this operation.`,
      );
    }
    Object.assign(tags, tagsOf(specification));
  }
  return tags;
}

export function tagsOf(input: QueryInput): Record<string, string> {
  return Object.fromEntries(input.groups('Tag').map((tag) => [tag.need('Key'), tag.text('Value') ?? '']));
}

import type { Guarantee, JsonSchema } from './schemas.js';

/** A change that would break somebody, with the place in the schema. */
export interface Breakage {
  readonly at: string;
  readonly why: string;
}

type Compare = { readonly guarantee: Guarantee; readonly at: string };

/**
 * What a new version of a schema breaks. `backward`: newer readers must read older data. `full`: older readers must
 * read newer data too. Published schemas therefore only grow by optional properties; anything else is a new major.
 */
export function breakages(before: JsonSchema, after: JsonSchema, guarantee: Guarantee, at = '$'): Breakage[] {
  if (guarantee === 'none') return [];
  const compare = { guarantee, at };
  return [
    ...typeBreakages(before, after, compare),
    ...enumBreakages(before, after, compare),
    ...propertyBreakages(before, after, compare),
    ...requiredBreakages(before, after, compare),
    ...innerBreakages(before, after, compare),
  ];
}

const record = (value: unknown): JsonSchema =>
  typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function typeBreakages(before: JsonSchema, after: JsonSchema, { at }: Compare): Breakage[] {
  const text = (schema: JsonSchema): string =>
    JSON.stringify([schema['type'], schema['const'], schema['format'], schema['pattern']]);
  if (before['type'] === undefined || text(before) === text(after)) return [];
  return [{ at, why: `type changed from ${text(before)} to ${text(after)}` }];
}

function enumBreakages(before: JsonSchema, after: JsonSchema, { guarantee, at }: Compare): Breakage[] {
  const old = list(before['enum']);
  const now = list(after['enum']);
  if (old.length === 0) return now.length === 0 ? [] : [{ at, why: 'values became limited' }];
  const gone = old.filter((value) => !now.includes(value));
  const added = guarantee === 'full' ? now.filter((value) => !old.includes(value)) : [];
  return [
    ...gone.map((value) => ({ at, why: `value ${JSON.stringify(value)} is gone` })),
    ...added.map((value) => ({ at, why: `value ${JSON.stringify(value)} is unknown to older readers` })),
  ];
}

function propertyBreakages(before: JsonSchema, after: JsonSchema, { guarantee, at }: Compare): Breakage[] {
  const now = record(after['properties']);
  return Object.entries(record(before['properties'])).flatMap(([name, schema]) =>
    name in now
      ? breakages(record(schema), record(now[name]), guarantee, `${at}.${name}`)
      : [{ at: `${at}.${name}`, why: 'property is gone' }],
  );
}

function requiredBreakages(before: JsonSchema, after: JsonSchema, { guarantee, at }: Compare): Breakage[] {
  const old = list(before['required']);
  const now = list(after['required']);
  const stricter = now.filter((name) => !old.includes(name));
  const kept = record(after['properties']);
  const looser =
    guarantee === 'full' ? old.filter((name) => !now.includes(name) && String(name) in kept) : [];
  return [
    ...stricter.map((name) => ({ at: `${at}.${String(name)}`, why: 'became required: older data lacks it' })),
    ...looser.map((name) => ({ at: `${at}.${String(name)}`, why: 'became optional: older readers need it' })),
  ];
}

/** Items, values of maps and alternatives; alternatives are held against each other in their order. */
function innerBreakages(before: JsonSchema, after: JsonSchema, { guarantee, at }: Compare): Breakage[] {
  const single = ['items', 'additionalProperties'].flatMap((key) =>
    typeof before[key] === 'object'
      ? breakages(record(before[key]), record(after[key]), guarantee, `${at}[]`)
      : [],
  );
  const several = ['anyOf', 'oneOf'].flatMap((key) => {
    const now = list(after[key]);
    const old = list(before[key]);
    const grown =
      guarantee === 'full' && now.length > old.length && old.length > 0
        ? [{ at, why: 'an alternative is unknown to older readers' }]
        : [];
    return [
      ...grown,
      ...old.flatMap((schema, i) =>
        now[i] === undefined
          ? [{ at, why: `alternative ${i} is gone` }]
          : breakages(record(schema), record(now[i]), guarantee, `${at}|${i}`),
      ),
    ];
  });
  return [...single, ...several];
}

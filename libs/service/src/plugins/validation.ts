import { z } from 'zod';
import { PLATFORM_VERSION } from './plugin.js';

const fn = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);
const schema = z.custom((value) => value instanceof z.ZodType, 'must be a zod schema');
const text = z.string().min(1);
const name = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be lower-case letters, digits and dashes');

const shape = z.strictObject({
  name,
  version: z.string().regex(/^\d+\.\d+\.\d+/, 'must be a version such as 1.2.3'),
  trimtab: z
    .string()
    .refine(fits, { error: `does not fit this version of Trimtab, which is ${PLATFORM_VERSION}` }),
  tasks: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/, 'must be <area>.<action>'),
      z.strictObject({ input: schema.optional(), output: schema.optional(), handler: fn }),
    )
    .optional(),
  checks: z
    .array(z.looseObject({ id: text, title: text, resourceType: text, risk: text, rank: text, judge: fn }))
    .optional(),
  anomalyEngines: z.record(name, fn).optional(),
  forecastEngines: z.record(name, fn).optional(),
  optimizationEngines: z.record(name, fn).optional(),
  reportTemplates: z.partialRecord(z.enum(['html', 'md', 'json']), fn).optional(),
  routes: z
    .array(
      z.strictObject({
        method: z.enum(['GET', 'POST']),
        path: z.string().regex(/^(\/([a-z0-9-]+|\{\w+\}))+$/, 'must be a path such as /owners/{team}'),
        summary: text,
        query: schema.optional(),
        body: schema.optional(),
        reply: schema,
        handler: fn,
      }),
    )
    .optional(),
  cliVerbs: z
    .array(z.strictObject({ name, description: text, arguments: z.string().optional(), run: fn }))
    .optional(),
  onEvents: z
    .array(
      z.strictObject({
        types: z.array(z.string().regex(/^trimtab\.[a-z-]+\.[a-z-]+\.v\d+$/)).min(1),
        handler: fn,
      }),
    )
    .optional(),
});

/** Everything that is wrong with what a module exported; nothing when it is a plugin for this version. */
export function problemsOf(exported: unknown): string[] {
  const issues = shape.safeParse(exported).error?.issues ?? [];
  return issues.map((issue) => `${issue.path.join('.') || '(default export)'}: ${issue.message}`);
}

/** `^0.1` and `^0.1.2` fit as npm reads them; `0.1` any patch of it, `0.1.0` itself alone, `*` anything. */
export function fits(range: string, version: string = PLATFORM_VERSION): boolean {
  if (range === '*') return true;
  const match = /^(\^?)(\d+)\.(\d+)(?:\.(\d+))?$/.exec(range);
  if (!match) return false;
  const [, caret, major = '', minor = '', patch] = match;
  if (!caret) return `${version}.`.startsWith(`${range}.`);
  const wanted = [major, minor, patch ?? '0'].map(Number);
  const have = version.split('.').map(Number);
  // What may change without breaking anybody is what stands behind the first number that is not zero.
  const fixed = Math.max(1, wanted.findIndex((part) => part > 0) + 1);
  return isSame(have.slice(0, fixed), wanted.slice(0, fixed)) && !isBefore(have, wanted);
}

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.join('.') === b.join('.');

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const differing = a.findIndex((part, i) => part !== b[i]);
  return differing >= 0 && (a[differing] ?? 0) < (b[differing] ?? 0);
}

import type { ErrorInfo, Json } from '@trimtab/kernel';
import { z } from 'zod';

type Schema = { readonly [key: string]: Json };

/** Schemas are part of a definition, which all its runs share: each is compiled once. */
const compiled = new WeakMap<Schema, z.ZodType>();

/** Throws what is wrong with the schema. */
export function jsonSchemaOf(schema: Schema): z.ZodType {
  const known = compiled.get(schema);
  if (known) return known;
  const made = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  compiled.set(schema, made);
  return made;
}

/** Every way in which a value does not fit a schema, as one error; undefined when it fits. */
export function misfit(
  schema: Schema | undefined,
  value: Json,
  what: 'input' | 'output',
): ErrorInfo | undefined {
  if (!schema) return undefined;
  const parsed = jsonSchemaOf(schema).safeParse(value);
  if (parsed.success) return undefined;
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const text = problems.map(({ path, message }) => `${path || what}: ${message}`).join('; ');
  return {
    code: `workflow.invalid-${what}`,
    message: `Correct the run's ${what}: ${text}`,
    retry: 'never',
    details: { problems },
  };
}

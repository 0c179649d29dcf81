import { createHash } from 'node:crypto';
import { OptimizeInput } from '@trimtab/contracts';
import type { Json } from '@trimtab/kernel';
import type { z } from 'zod';
import { checked } from './parsing.js';

/** Inputs that contracts describe: defaults are filled in and every problem is told at once. */
const inputs: Readonly<Record<string, z.ZodType>> = { optimize: OptimizeInput };

/** An input that its contract accepts, defaults filled in. Throws `people.invalid`. */
export function inputFor(workflow: string, input: unknown): Json {
  const schema = inputs[workflow];
  return (schema ? checked(schema, input, 'input') : (input ?? {})) as Json;
}

/** A repeated start with the same key is the same run, whichever instance is asked. A UUID of version 8 (RFC 9562). */
export function runIdFor(idempotencyKey: string): string {
  const hex = createHash('sha256').update(`start-run/${idempotencyKey}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

import type { Artifacts } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { inspectJson } from '@trimtab/messaging';
import { orUnavailable } from './errors.js';

/** Larger outputs travel by reference: `{ $artifact: ref }`. */
export const MAX_INLINE_BYTES = 64 * 1024;

/** What stands in a message for a value that is too large for it. */
interface Reference {
  readonly $artifact: { readonly ref: string };
}

export const isReference = (value: unknown): value is Reference =>
  Boolean((value as Partial<Reference> | null | undefined)?.$artifact);

/** Inputs and outputs that are too large for a message. */
export interface LargeValues {
  /** What an input stands for. Throws where no reference can be read. */
  resolved(input: unknown): Promise<unknown>;
  /** Whether an output may travel as it is. Throws `task.invalid-output` (never), and what no other way can carry. */
  fits(output: unknown): boolean;
  byReference(output: unknown): Promise<unknown>;
}

/** Large values are in the artifact store, and references to them travel. */
export class StoredValues implements LargeValues {
  constructor(private readonly artifacts: Artifacts) {}

  async resolved(input: unknown): Promise<unknown> {
    return isReference(input) ? this.artifacts.readJson(input.$artifact.ref) : input;
  }

  fits(output: unknown): boolean {
    return bytesOf(output, MAX_INLINE_BYTES) <= MAX_INLINE_BYTES;
  }

  async byReference(output: unknown): Promise<Reference> {
    return { $artifact: await orUnavailable(this.artifacts.putJson(output)) };
  }

  /** `output` as it may travel inside a message. */
  async inline(output: unknown): Promise<unknown> {
    return this.fits(output) ? (output ?? null) : this.byReference(output);
  }
}

/**
 * How many bytes an output has as JSON, or fewer where it is far below `most`, which may travel. What no reader of its
 * message would accept is the worker's failure: as a dead letter of the orchestrator its run would wait for it for ever.
 * Throws `task.invalid-output` (never).
 */
export function bytesOf(output: unknown, most: number): number {
  const text = jsonOf(output);
  const fault = text.length <= most ? inspectJson(text) : undefined;
  if (fault) throw invalidOutput(fault.message);
  return text.length * 3 <= most ? text.length : Buffer.byteLength(text);
}

function jsonOf(output: unknown): string {
  try {
    return JSON.stringify(output) ?? 'null';
  } catch (cause) {
    throw invalidOutput('It is nested too deep, holds itself, or is no JSON at all.', cause);
  }
}

const invalidOutput = (why: string, cause?: unknown): AppError =>
  new AppError('task.invalid-output', `The output cannot travel in a message: ${why}`, { cause });

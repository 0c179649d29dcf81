import { z } from 'zod';
import { ErrorInfoSchema, Instant } from './common.js';

/** What may be done to many runs at once; `retry` does runs that have ended again. */
export const BulkVerb = z.enum(['cancel', 'terminate', 'pause', 'resume', 'retry']);
export type BulkVerb = z.infer<typeof BulkVerb>;

/** What a change of many runs would touch. */
export const BulkPreview = z.object({
  /** Applies the change to exactly these runs. */
  token: z.string(),
  verb: BulkVerb,
  /** Runs that it would touch. */
  count: z.int(),
  /** There are more than fit into one change: apply, then preview again. */
  more: z.boolean(),
  /** The newest of them. */
  first: z.array(
    z.object({ runId: z.string(), workflow: z.string(), status: z.string(), startedAt: Instant }),
  ),
  expiresAt: Instant,
});
export type BulkPreview = z.infer<typeof BulkPreview>;

/** How far a change of many runs is. */
export const BulkProgress = z.object({
  token: z.string(),
  verb: BulkVerb,
  state: z.enum(['previewed', 'running', 'done']),
  actor: z.string().nullable(),
  reason: z.string().nullable(),
  count: z.int(),
  done: z.int(),
  failed: z.int(),
  results: z.array(
    z.object({
      runId: z.string(),
      ok: z.boolean(),
      /** Status of the run after it; of `retry` the new run is in `as`. */
      status: z.string().nullable(),
      as: z.string().nullable(),
      error: ErrorInfoSchema.nullable(),
    }),
  ),
});
export type BulkProgress = z.infer<typeof BulkProgress>;

import { z } from 'zod';
import { ArtifactRefSchema, Instant } from './common.js';

/** A file of runs that were deleted. */
export const RunArchiveView = z.object({
  archive: ArtifactRefSchema,
  runs: z.int(),
  events: z.int(),
  byStatus: z.record(z.string(), z.int()),
  before: Instant,
  actor: z.string(),
  reason: z.string().nullable(),
  at: Instant,
});
export type RunArchiveView = z.infer<typeof RunArchiveView>;

/** What a cleanup of old runs did, or would do. */
export const Cleanup = z.object({
  /** Nothing was changed. */
  preview: z.boolean(),
  /** Runs that ended before this instant. */
  before: Instant,
  runs: z.int(),
  events: z.int(),
  byStatus: z.record(z.string(), z.int()),
  /** NDJSON.zst, one file per part; the digest is that of the file. */
  archives: z.array(ArtifactRefSchema),
  /** Runs that could go and are left for the next call. */
  remaining: z.int(),
});
export type Cleanup = z.infer<typeof Cleanup>;

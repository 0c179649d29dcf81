import { z } from 'zod';
import { ArtifactRefSchema, Instant } from './common.js';

/** What a cleanup of old runs did, or would do. */
export const Cleanup = z.object({
  /** Nothing was changed. */
  preview: z.boolean(),
  /** Runs that ended before this instant. */
  before: Instant,
  runs: z.int(),
  events: z.int(),
  byStatus: z.record(z.string(), z.int()),
  /** Gzipped NDJSON, one file per part; the digest is that of the file. */
  archives: z.array(ArtifactRefSchema),
  /** Runs that could go and are left for the next call. */
  remaining: z.int(),
});
export type Cleanup = z.infer<typeof Cleanup>;

import { z } from 'zod';
import { Instant } from '../domain/common.js';
import { Settings } from '../domain/settings.js';

/** Input of the `optimize` workflow. */
export const OptimizeInput = z.object({
  settings: Settings,
  /** Stop after discovery. */
  scanOnly: z.boolean().default(false),
  asOf: Instant,
});
export type OptimizeInput = z.infer<typeof OptimizeInput>;

import { z } from 'zod';
import { AccountId, ErrorInfoSchema, Instant, Region } from './common.js';
import { ScannedService } from './resource.js';

/** What was and was not scanned: one entry per (account, region, service). */
export const CoverageEntry = z.object({
  accountId: AccountId,
  region: Region,
  service: ScannedService,
  status: z.enum(['scanned', 'partial', 'failed', 'skipped']),
  resources: z.int().nonnegative(),
  /** API calls made, an input of the scan's own cost. */
  calls: z.int().nonnegative(),
  scannedAt: Instant,
  /** Why it is partial or failed (denied, throttled, opted out …). */
  error: ErrorInfoSchema.optional(),
});
export type CoverageEntry = z.infer<typeof CoverageEntry>;

export const Scope = z.object({ accountId: AccountId, accountName: z.string(), region: Region });
export type Scope = z.infer<typeof Scope>;

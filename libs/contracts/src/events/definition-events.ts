import { z } from 'zod';
import { Instant } from '../domain/common.js';

/** What runs are made of, and what they wait for outside of themselves. */
export const definitionEvents = {
  /** A version of a workflow can be started. */
  'trimtab.workflow.registered.v1': z.object({
    name: z.string(),
    version: z.string(),
    digest: z.string(),
    /** A file, a service, or who registered it. */
    source: z.string(),
    at: Instant,
  }),
  /** Somebody says that what tasks may be blocked on is there. */
  'trimtab.dependency.appeared.v1': z.object({ key: z.string(), actor: z.string(), at: Instant }),
} as const;

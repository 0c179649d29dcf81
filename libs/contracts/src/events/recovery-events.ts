import { z } from 'zod';
import { Instant } from '../domain/common.js';

const metered = {
  service: z.string(),
  /** Pool of workers. */
  pool: z.string(),
  /** Orchestrator that meters its sends. */
  instance: z.string(),
  /** Sends that may be unanswered at the same time. */
  window: z.int(),
  at: Instant,
};

/** Runs recover, and their commands go to a pool of workers one after the other so that it is not flattened. */
export const recoveryEvents = {
  'trimtab.recovery.began.v1': z.object(metered),
  /** None waits any more; `most` waited at the same time. */
  'trimtab.recovery.ended.v1': z.object({ ...metered, most: z.int() }),
} as const;

import { z } from 'zod';
import { Instant } from './common.js';

/** Something that the engine could not put right by itself, or had to. */
export const Incident = z.object({
  id: z.string(),
  /** `run.stuck`, `run.unreadable`, `run.compensation-failed`, `schedule.failed`, `analytics.unavailable`, `node.failed`, `service.no-worker`. */
  kind: z.string(),
  runId: z.string().nullable(),
  /** One sentence: what is wrong and what to do next. */
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  status: z.enum(['open', 'resolved']),
  raisedAt: Instant,
  lastSeenAt: Instant,
  /** How often the engine tried to repair it. */
  repairs: z.int(),
  resolvedAt: Instant.nullable(),
  /** A person, or `watchdog` when it saw the trouble gone. */
  resolvedBy: z.string().nullable(),
  resolution: z.string().nullable(),
});
export type Incident = z.infer<typeof Incident>;

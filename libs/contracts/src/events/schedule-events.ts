import { z } from 'zod';
import { Instant } from '../domain/common.js';
import { Schedule, ScheduleTick } from '../domain/schedule.js';

const scheduleId = z.string();
const asked = { actor: z.string(), reason: z.string().nullable(), at: Instant };

/** What people do to schedules, and what schedules do. */
export const scheduleEvents = {
  'trimtab.schedule.created.v1': z.object({ schedule: Schedule, ...asked }),
  'trimtab.schedule.changed.v1': z.object({
    schedule: Schedule,
    change: z.enum(['updated', 'paused', 'resumed']),
    ...asked,
  }),
  'trimtab.schedule.deleted.v1': z.object({ scheduleId, ...asked }),
  /** A person wants runs beside the times of the schedule: one now, or those of a past interval. */
  'trimtab.schedule.requested.v1': z.object({
    scheduleId,
    request: z.enum(['trigger', 'backfill']),
    times: z.array(Instant),
    ...asked,
  }),
  /** The run of a nominal time was started. */
  'trimtab.schedule.ticked.v1': z.object({ tick: ScheduleTick }),
  /** Nominal times, the first to the last of `count`, have no run. */
  'trimtab.schedule.skipped.v1': z.object({
    scheduleId,
    reason: z.string(),
    count: z.int(),
    first: Instant,
    last: Instant,
    at: Instant,
  }),
  /** The run of a nominal time could not be started, and is not tried again. */
  'trimtab.schedule.failed.v1': z.object({ tick: ScheduleTick }),
} as const;

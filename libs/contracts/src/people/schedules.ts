import { z } from 'zod';
import { Instant } from '../domain/common.js';
import {
  Backfill,
  Overlap,
  Schedule,
  ScheduleChanges,
  ScheduleDetail,
  ScheduleId,
  ScheduleSettings,
  ScheduleTick,
} from '../domain/schedule.js';
import { actor } from './actor.js';

const one = { id: z.string(), ...actor };
const removed = z.object({ id: z.string() });

/** People's commands and questions about schedules. */
export const scheduleCommands = {
  'list-schedules': {
    request: z.object({ status: z.enum(['active', 'paused']).optional() }),
    reply: z.object({ items: z.array(Schedule) }),
  },
  'show-schedule': {
    request: z.object({
      id: z.string(),
      times: z.int().min(0).max(100).default(5),
      ticks: z.int().min(0).max(200).default(20),
    }),
    reply: ScheduleDetail,
  },
  'create-schedule': {
    request: z.object({
      id: ScheduleId,
      settings: ScheduleSettings,
      paused: z.boolean().default(false),
      ...actor,
    }),
    reply: Schedule,
  },
  /** Times that pass before the change are decided by the old settings, later ones by the new. */
  'update-schedule': { request: z.object({ ...one, changes: ScheduleChanges }), reply: Schedule },
  'pause-schedule': { request: z.object(one), reply: Schedule },
  /** What passed during the pause is not caught up with. */
  'resume-schedule': { request: z.object(one), reply: Schedule },
  'delete-schedule': { request: z.object(one), reply: removed },
  /** One run now; the schedule's own rule for overlap applies unless another one is named. */
  'trigger-schedule': { request: z.object({ ...one, overlap: Overlap.optional() }), reply: ScheduleTick },
  /** Runs for the nominal times of a past interval (`until` exclusive) that had none. */
  'backfill-schedule': {
    request: z.object({
      ...one,
      from: Instant,
      until: Instant,
      /** One after the other, or all at once. */
      overlap: z.enum(['queue', 'allow']).default('queue'),
      limit: z.int().min(1).max(1_000).default(100),
      preview: z.boolean().default(false),
    }),
    reply: Backfill,
  },
} as const;

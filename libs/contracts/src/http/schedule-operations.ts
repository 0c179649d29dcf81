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
import { because, list } from './shapes.js';
import type { HttpContract } from './shapes.js';

/** What runs when. */
export const scheduleOperations = {
  listSchedules: {
    method: 'GET',
    path: '/api/v1/schedules',
    summary: 'Schedules with their next times',
    query: z.object({ status: z.enum(['active', 'paused']).optional() }),
    reply: list(Schedule),
  },
  showSchedule: {
    method: 'GET',
    path: '/api/v1/schedules/{id}',
    summary: 'A schedule with the times to come and the newest ticks',
    query: z.object({
      times: z.coerce.number().int().min(0).max(100).default(5),
      ticks: z.coerce.number().int().min(0).max(200).default(20),
    }),
    reply: ScheduleDetail,
  },
  createSchedule: {
    method: 'POST',
    path: '/api/v1/schedules',
    summary: 'Make a schedule',
    body: z.object({
      id: ScheduleId,
      settings: ScheduleSettings,
      paused: z.boolean().default(false),
      ...because,
    }),
    reply: Schedule,
  },
  updateSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/update',
    summary: 'Change some settings of a schedule',
    body: z.object({ changes: ScheduleChanges, ...because }),
    reply: Schedule,
  },
  pauseSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/pause',
    summary: 'Pause a schedule: its times pass without runs',
    body: z.object(because),
    reply: Schedule,
  },
  resumeSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/resume',
    summary: 'Go on with a paused schedule from now on',
    body: z.object(because),
    reply: Schedule,
  },
  deleteSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/delete',
    summary: 'Delete a schedule; its runs stay',
    body: z.object(because),
    reply: z.object({ id: z.string() }),
  },
  triggerSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/trigger',
    summary: 'One run now, beside the times of the schedule',
    body: z.object({ overlap: Overlap.optional(), ...because }),
    reply: ScheduleTick,
  },
  backfillSchedule: {
    method: 'POST',
    path: '/api/v1/schedules/{id}/backfill',
    summary: 'Runs for the times of a past interval that had none',
    body: z.object({
      from: Instant,
      until: Instant,
      overlap: z.enum(['queue', 'allow']).default('queue'),
      limit: z.int().min(1).max(1_000).default(100),
      preview: z.boolean().default(false),
      ...because,
    }),
    reply: Backfill,
  },
} as const satisfies Record<string, HttpContract>;

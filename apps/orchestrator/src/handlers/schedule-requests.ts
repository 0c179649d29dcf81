import { publicEvent } from '@trimtab/contracts';
import type { Backfill, PeopleRequest, PublicEvent, ScheduleTick } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { person } from '../domain/people.js';
import { placeNow } from '../domain/schedule-ticks.js';
import { nominalTimes, timesBetween } from '../domain/schedule-times.js';
import type { Say } from '../outbound/announcements.js';
import { tickView } from '../outbound/schedule-ticks.js';
import type { NewTick } from '../outbound/schedule-ticks.js';
import type { StoredSchedule } from '../outbound/schedules.js';
import { runIdFor } from './new-run.js';
import type { ScheduleWorld } from './schedule-commands.js';
import { runIdAt } from './scheduler.js';

/** One run now, beside the times of the schedule. Throws `schedule.conflict` when the rule of overlapping forbids it. */
export async function trigger(
  world: ScheduleWorld,
  request: PeopleRequest<'trigger-schedule'>,
): Promise<ScheduleTick> {
  const { schedules, scheduler } = world;
  const key = `trigger/${request.id}/${request.idempotencyKey}`;
  const asked = await schedules.once(key, (tx, say) => triggered(world, request, tx, say));
  const tick = await schedules.ticks.one(asked.runId);
  if (tick?.outcome === 'starting') await scheduler.startNow(tick);
  const after = await schedules.ticks.one(asked.runId);
  return after ? tickView(after) : asked;
}

async function triggered(
  { schedules, scheduler, clock }: ScheduleWorld,
  { id, overlap, actor, reason, idempotencyKey }: PeopleRequest<'trigger-schedule'>,
  tx: Sql,
  say: Say,
): Promise<ScheduleTick> {
  const { key, settings } = await schedules.find(tx, id, 'wait');
  const open = await schedules.ticks.open(tx, id);
  const queued = await schedules.ticks.queued(tx, id);
  const rule = overlap ?? settings.overlap;
  const { queueLimit } = settings;
  const fate = placeNow(rule, { open: open.length, queued: queued.length, queueLimit });
  if (!fate || fate.outcome === 'skipped') throw conflict(id, open, fate?.reason ?? 'its queue is full');
  if (rule === 'cancel-previous') await scheduler.overtake(tx, say, queued);
  const nominal = clock.now();
  const tick: NewTick = {
    runId: runIdFor(`schedule/${key}/trigger/${idempotencyKey}`),
    schedule: id,
    nominal,
    kind: 'trigger',
    ...fate,
    by: person(actor),
    cancels: rule === 'cancel-previous',
    decidedAt: nominal,
  };
  await schedules.ticks.add(tx, [tick]);
  say(requested(id, 'trigger', [nominal], { actor, reason, at: nominal }));
  return tickView({ ...tick, error: null, startedAt: null });
}

/** Runs for the times of a past interval that had none. Throws `people.invalid` with every problem. */
export async function backfill(
  world: ScheduleWorld,
  request: PeopleRequest<'backfill-schedule'>,
): Promise<Backfill> {
  const { schedules } = world;
  if (request.preview) return backfilled(world, request, await schedules.find(undefined, request.id));
  const key = `backfill/${request.id}/${request.idempotencyKey}`;
  return schedules.once(key, async (tx, say) =>
    backfilled(world, request, await schedules.find(tx, request.id, 'wait'), tx, say),
  );
}

async function backfilled(
  { schedules, clock }: ScheduleWorld,
  request: PeopleRequest<'backfill-schedule'>,
  schedule: StoredSchedule,
  tx?: Sql,
  say?: Say,
): Promise<Backfill> {
  const { id, actor, reason, overlap } = request;
  const now = clock.now();
  const all = timesOf(schedule, request, now);
  const had = await schedules.ticks.withRun(tx, id, all);
  const missing = all.filter((time) => !had.has(time.getTime()));
  const ticks = missing.map((nominal): NewTick => ({
    runId: runIdAt(schedule, nominal),
    schedule: id,
    nominal,
    kind: 'backfill',
    outcome: overlap === 'queue' ? 'queued' : 'starting',
    reason: overlap === 'queue' ? 'waits for the run before' : null,
    by: person(actor),
    cancels: false,
    decidedAt: now,
  }));
  if (tx) await schedules.ticks.add(tx, ticks, true);
  if (missing.length > 0) say?.(requested(id, 'backfill', missing, { actor, reason, at: now }));
  const times = missing.map((time) => time.toISOString());
  return { preview: request.preview, times, alreadyRun: had.size };
}

function timesOf(
  schedule: StoredSchedule,
  { from, until, limit }: PeopleRequest<'backfill-schedule'>,
  now: Date,
): Date[] {
  const [first, end] = [new Date(from), new Date(until)];
  const problems: string[] = [];
  if (first >= end) problems.push('from: must be before until');
  if (end > now) problems.push(`until: must not be after now, ${now.toISOString()}`);
  if (problems.length > 0) throw invalid(problems);
  const times = nominalTimes(schedule.settings);
  const [before, last] = [new Date(first.getTime() - 1), new Date(end.getTime() - 1)];
  const all = timesBetween(times, before, last, limit + 1);
  if (all.length > limit)
    throw invalid([`limit: more than ${limit} times lie between; take a shorter interval or a higher limit`]);
  return all;
}

const invalid = (problems: readonly string[]): AppError =>
  new AppError('people.invalid', `Correct backfill-schedule: ${problems.join('; ')}`, {
    details: { problems },
  });

function conflict(id: string, open: readonly string[], why: string): AppError {
  const runs = open.length === 0 ? '' : ` (${open.join(', ')})`;
  const message = `Schedule ${id} starts nothing now: ${why}${runs}. Wait, or say --overlap allow, queue or cancel-previous.`;
  return new AppError('schedule.conflict', message, { details: { open } });
}

function requested(
  scheduleId: string,
  request: 'trigger' | 'backfill',
  nominal: readonly Date[],
  { actor, reason, at }: { actor: string; reason: string | undefined; at: Date },
): PublicEvent {
  const times = nominal.map((time) => time.toISOString());
  const data = { scheduleId, request, times, actor, reason: reason ?? null, at: at.toISOString() };
  return publicEvent('trimtab.schedule.requested.v1', `schedule/${scheduleId}`, data);
}

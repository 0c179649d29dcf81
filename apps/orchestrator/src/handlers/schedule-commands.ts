import { publicEvent, ScheduleSettings } from '@trimtab/contracts';
import type { PeopleCommand, PeopleReply, PeopleRequest, Schedule } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { nominalTimes, timesBetween } from '../domain/schedule-times.js';
import type { Say } from '../outbound/announcements.js';
import type { Definitions } from '../outbound/definitions.js';
import type { StoredSchedule } from '../outbound/schedules.js';
import { checked, parse } from './parsing.js';
import { backfill, trigger } from './schedule-requests.js';
import { withNext } from './scheduler.js';
import type { Scheduler, SchedulerWorld } from './scheduler.js';

export interface ScheduleWorld extends Pick<SchedulerWorld, 'schedules' | 'clock'> {
  readonly scheduler: Scheduler;
  readonly definitions: Definitions;
  readonly newId: () => string;
}

type ScheduleCommand = Extract<PeopleCommand, `${string}-schedule` | 'list-schedules'>;
type Answers = { readonly [C in ScheduleCommand]: (data: unknown) => Promise<PeopleReply<C>> };

/** People's commands and questions about schedules; each command counts once per key, and is answered after its commit. */
export const scheduleAnswers = (world: ScheduleWorld): Answers => ({
  'list-schedules': async (data) => {
    const { status } = parse('list-schedules', data);
    return { items: await world.schedules.list(status) };
  },
  'show-schedule': (data) => show(world, parse('show-schedule', data)),
  'create-schedule': (data) => create(world, parse('create-schedule', data)),
  'update-schedule': (data) => {
    const request = parse('update-schedule', data);
    return change(world, 'update-schedule', request, 'updated', (schedule, tx, say) =>
      updated(world, schedule, request.changes, tx, say),
    );
  },
  'pause-schedule': (data) =>
    change(world, 'pause-schedule', parse('pause-schedule', data), 'paused', (schedule) => ({
      ...schedule,
      status: 'paused',
    })),
  'resume-schedule': (data) =>
    change(world, 'resume-schedule', parse('resume-schedule', data), 'resumed', (schedule) =>
      schedule.status === 'active' ? schedule : fromNow(world, { ...schedule, status: 'active' }),
    ),
  'delete-schedule': (data) => remove(world, parse('delete-schedule', data)),
  'trigger-schedule': (data) => trigger(world, parse('trigger-schedule', data)),
  'backfill-schedule': (data) => backfill(world, parse('backfill-schedule', data)),
});

async function show(
  { schedules, clock }: ScheduleWorld,
  { id, times, ticks }: PeopleRequest<'show-schedule'>,
): Promise<PeopleReply<'show-schedule'>> {
  const schedule = await schedules.find(undefined, id);
  const now = clock.now();
  const from = schedule.decidedUntil > now ? schedule.decidedUntil : now;
  const none = times === 0 || schedule.status === 'paused';
  const ahead = none ? [] : timesBetween(nominalTimes(schedule.settings), from, FOREVER, times);
  return {
    schedule: await schedules.view(undefined, schedule),
    nextTimes: ahead.map((time) => time.toISOString()),
    ticks: await schedules.ticks.recent(id, ticks),
  };
}

function create(world: ScheduleWorld, request: PeopleRequest<'create-schedule'>): Promise<Schedule> {
  const { schedules, definitions, newId } = world;
  const { id, settings, paused, actor, reason = null, idempotencyKey } = request;
  return schedules.once(`create/${id}/${idempotencyKey}`, async (tx, say) => {
    definitions.current(settings.workflow);
    const now = world.clock.now();
    const schedule = withNext({
      id,
      key: newId(),
      settings,
      status: paused ? 'paused' : 'active',
      decidedUntil: now,
      nextAt: null,
      dueAt: null,
      ...{ createdAt: now, createdBy: actor, changedAt: now, changedBy: actor, reason },
    });
    if (!(await schedules.insert(tx, schedule))) {
      const message = `There is a schedule "${id}" already: change it with \`trimtab schedules update ${id}\`, or take another name.`;
      throw new AppError('schedule.exists', message);
    }
    const view = await schedules.view(tx, schedule);
    const data = { schedule: view, actor, reason, at: now.toISOString() };
    say(publicEvent('trimtab.schedule.created.v1', `schedule/${id}`, data));
    return view;
  });
}

type Changing = PeopleRequest<'pause-schedule'>;
type Change = (schedule: StoredSchedule, tx: Sql, say: Say) => StoredSchedule | Promise<StoredSchedule>;

function change(
  { schedules, clock }: ScheduleWorld,
  command: string,
  { id, actor, reason: why, idempotencyKey }: Changing,
  what: 'updated' | 'paused' | 'resumed',
  apply: Change,
): Promise<Schedule> {
  const reason = why ?? null;
  return schedules.once(`${command}/${id}/${idempotencyKey}`, async (tx, say) => {
    const before = await schedules.find(tx, id, 'wait');
    const now = clock.now();
    const changed = await apply({ ...before, changedAt: now, changedBy: actor, reason }, tx, say);
    const schedule = withNext(changed);
    await schedules.save(tx, schedule);
    const view = await schedules.view(tx, schedule);
    const data = { schedule: view, change: what, actor, reason, at: now.toISOString() };
    say(publicEvent('trimtab.schedule.changed.v1', `schedule/${id}`, data));
    return view;
  });
}

/** What was due before is decided by the settings that held then. */
async function updated(
  world: ScheduleWorld,
  schedule: StoredSchedule,
  changes: PeopleRequest<'update-schedule'>['changes'],
  tx: Sql,
  say: Say,
): Promise<StoredSchedule> {
  const merged = { ...schedule.settings, ...changes };
  const settings = checked(ScheduleSettings, merged, 'settings') as ScheduleSettings;
  world.definitions.current(settings.workflow);
  const decided = schedule.status === 'active' ? await world.scheduler.decide(tx, say, schedule) : schedule;
  const moved = changes.times !== undefined || changes.timeZone !== undefined;
  return moved ? fromNow(world, { ...decided, settings }) : { ...decided, settings };
}

/** Times that passed are not caught up with; a clock that was set back brings none again. */
function fromNow({ clock }: ScheduleWorld, schedule: StoredSchedule): StoredSchedule {
  const now = clock.now();
  return { ...schedule, decidedUntil: schedule.decidedUntil > now ? schedule.decidedUntil : now };
}

function remove(
  { schedules, clock }: ScheduleWorld,
  { id, actor, reason, idempotencyKey }: PeopleRequest<'delete-schedule'>,
): Promise<{ id: string }> {
  return schedules.once(`delete/${id}/${idempotencyKey}`, async (tx, say) => {
    await schedules.find(tx, id, 'wait');
    await schedules.remove(tx, id);
    const data = { scheduleId: id, actor, reason: reason ?? null, at: clock.now().toISOString() };
    say(publicEvent('trimtab.schedule.deleted.v1', `schedule/${id}`, data));
    return { id };
  });
}

/** Later than any time that is asked for. */
const FOREVER = new Date(8.64e15);

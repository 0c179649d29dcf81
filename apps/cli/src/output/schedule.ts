import type { ScheduleSettings, ScheduleTimes, SchedulePreset } from '@trimtab/contracts';
import { when } from './format.js';

const DAYS = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' } as const;

/** When a schedule fires, in a few words; the time zone where it matters. */
export function timesText({ times, timeZone }: Pick<ScheduleSettings, 'times' | 'timeZone'>): string {
  const text = calendarText(times);
  return times.kind === 'interval' ? text : `${text} ${timeZone}`;
}

function calendarText(times: ScheduleTimes): string {
  switch (times.kind) {
    case 'interval':
      return `every ${times.every}`;
    case 'daily':
      return `daily ${times.at}`;
    case 'weekly':
      return `${times.on.map((day) => DAYS[day]).join(', ')} ${times.at}`;
    case 'monthly':
      return `monthly ${times.day === 'last' ? 'last day' : `day ${times.day}`} ${times.at}`;
    case 'cron':
      return `cron ${times.expression}`;
  }
}

/** An instant as a clock on the wall of a time zone shows it, with its offset: `Sun 2026-10-25 02:30 +02:00`. */
export function inZone(instant: string | null, timeZone: string): string {
  if (instant === null) return '–';
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const parts = new Map(format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  const of = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  const offset = of('timeZoneName').replace('GMT', '') || '+00:00';
  const day = `${of('weekday')} ${of('year')}-${of('month')}-${of('day')}`;
  const second = of('second') === '00' ? '' : `:${of('second')}`;
  return `${day} ${of('hour')}:${of('minute')}${second} ${offset}`;
}

/** An instant in UTC; most nominal times have no seconds. */
export const inUtc = (instant: string | null): string => when(instant).replace(/:00$/, '');

const MISSED = { skip: 'none runs', one: 'the newest runs', all: 'all run' } as const;

/** What happens to missed times and to runs that overlap. */
export function rulesText({
  catchUp,
  overlap,
  queueLimit,
  jitter,
}: ScheduleSettings | SchedulePreset): string {
  const missed = typeof catchUp === 'string' ? MISSED[catchUp] : `the newest ${catchUp.atMost} run`;
  const queue = overlap === 'queue' ? ` (at most ${queueLimit})` : '';
  const late = /^0/.test(jitter) ? '' : `, jitter up to ${jitter}`;
  return `when missed ${missed}; overlap: ${overlap}${queue}${late}`;
}

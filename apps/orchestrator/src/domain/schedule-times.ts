import type { ScheduleSettings, ScheduleTimes } from '@trimtab/contracts';
import { fnv1a, parseDuration } from '@trimtab/kernel';
import { Cron } from 'croner';

/** The nominal times of a schedule: what it is for, whatever happens to its runs. */
export interface NominalTimes {
  /** The first one after an instant; undefined when there is none. */
  next(after: Date): Date | undefined;
}

type When = Pick<ScheduleSettings, 'times' | 'timeZone'>;

/**
 * The nominal times of a schedule in its time zone. Times of day that do not exist on a day (clocks go forward) come at
 * the next instant that does, times that occur twice come once, at the first. Cron patterns with a wildcard or step in
 * minute or hour, like intervals, follow elapsed time instead. Days of `monthly` that a month lacks are its last day.
 */
export function nominalTimes({ times, timeZone }: When): NominalTimes {
  if (times.kind === 'interval') return every(parseDuration(times.every) ?? 0);
  const patterns = patternsOf(times).map(
    (pattern) =>
      new Cron(pattern, {
        timezone: timeZone,
        mode: '5-part',
        fixedTimeRule: 'no-wildcard',
        paused: true,
      }),
  );
  return { next: (after) => earliest(patterns.map((pattern) => pattern.nextRun(after) ?? undefined)) };
}

/** The first nominal times after one instant, up to and including another. */
export function timesBetween(times: NominalTimes, after: Date, until: Date, limit: number): Date[] {
  const found: Date[] = [];
  for (let next = times.next(after); next && next <= until; next = times.next(next)) {
    if (found.push(next) === limit) break;
  }
  return found;
}

/** When the run of a nominal time starts: later by jitter, which is the same for ever and ends before the next time. */
export function startOf(times: NominalTimes, nominal: Date, key: string, jitter: string): Date {
  const most = parseDuration(jitter) ?? 0;
  if (most === 0) return nominal;
  const following = times.next(nominal)?.getTime() ?? Infinity;
  const room = Math.min(most, following - nominal.getTime());
  const share = fnv1a(`${key}/${nominal.toISOString()}`) / 2 ** 32;
  return new Date(nominal.getTime() + Math.floor(share * room));
}

/** Aligned to the epoch, so that neither a restart nor another instance moves them. */
const every = (ms: number): NominalTimes => ({
  next: (after) => new Date((Math.floor(after.getTime() / ms) + 1) * ms),
});

type Calendar = Exclude<ScheduleTimes, { kind: 'interval' }>;

function patternsOf(times: Calendar): string[] {
  if (times.kind === 'cron') return [times.expression];
  const [hour, minute] = times.at.split(':').map(Number);
  const at = `${minute} ${hour}`;
  switch (times.kind) {
    case 'daily':
      return [`${at} * * *`];
    case 'weekly':
      return [`${at} * * ${times.on.join(',')}`];
    case 'monthly':
      return monthly(at, times.day);
  }
}

function monthly(at: string, day: number | 'last'): string[] {
  if (day === 'last' || day === 31) return [`${at} L * *`];
  if (day <= 28) return [`${at} ${day} * *`];
  return [`${at} ${day} 1,3-12 *`, `${at} L 2 *`];
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  const some = dates.filter((date) => date !== undefined);
  return some.length === 0 ? undefined : new Date(Math.min(...some.map((date) => date.getTime())));
}

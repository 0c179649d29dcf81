import { describe, expect, it } from '@jest/globals';
import { ScheduleSettings } from '@trimtab/contracts';
import type { ScheduleTimes } from '@trimtab/contracts';
import fc from 'fast-check';
import { nominalTimes, startOf, timesBetween } from './schedule-times.js';

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kolkata',
  'UTC',
];
const HOUR_MS = 3_600_000;

/** The first nominal times after an instant, without their zero seconds. */
const first = (times: ScheduleTimes, timeZone: string, after: string, count: number): string[] =>
  timesBetween(nominalTimes({ times, timeZone }), new Date(after), new Date('2100-01-01T00:00Z'), count).map(
    (time) => time.toISOString().replace(':00.000Z', 'Z'),
  );
const daily = (at: string): ScheduleTimes => ({ kind: 'daily', at });
const cron = (expression: string): ScheduleTimes => ({ kind: 'cron', expression });

describe('nominal times', () => {
  it('that do not exist when clocks go forward come at the next instant that does', () => {
    expect(first(daily('02:30'), 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z', // 02:30 is not there: 03:00 of summer time
      '2026-03-30T00:30Z',
    ]);
    expect(first(daily('02:30'), 'America/New_York', '2026-03-07T12:00Z', 2)).toEqual([
      '2026-03-08T07:00Z',
      '2026-03-09T06:30Z',
    ]);
    // Half an hour is left out at Lord Howe.
    expect(first(daily('02:15'), 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2)).toEqual([
      '2026-10-03T15:30Z',
      '2026-10-04T15:15Z',
    ]);
    expect(first(cron('0,30 2 * * *'), 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:00Z',
    ]);
  });

  it('that occur twice when clocks go back come once, at the first', () => {
    expect(first(daily('02:30'), 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
    expect(first(daily('01:30'), 'America/New_York', '2026-10-31T12:00Z', 2)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
    expect(first(daily('01:45'), 'Australia/Lord_Howe', '2026-04-04T00:00Z', 2)).toEqual([
      '2026-04-04T14:45Z',
      '2026-04-05T15:15Z',
    ]);
    expect(first(cron('30 1-3 * * *'), 'Europe/Berlin', '2026-10-24T22:00Z', 3)).toEqual([
      '2026-10-24T23:30Z',
      '2026-10-25T00:30Z',
      '2026-10-25T02:30Z',
    ]);
  });

  it('of intervals and of patterns with a wildcard follow elapsed time', () => {
    const expected = [
      '2026-10-24T23:30Z',
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
    ];
    expect(first({ kind: 'interval', every: '30m' }, 'Europe/Berlin', '2026-10-24T23:00Z', 5)).toEqual(
      expected,
    );
    expect(first(cron('*/30 * * * *'), 'Europe/Berlin', '2026-10-24T23:00Z', 5)).toEqual(expected);
  });

  it('on a day that a month lacks come on its last day; cron names the days themselves', () => {
    const monthly = (day: number | 'last') =>
      first({ kind: 'monthly', day, at: '12:00' }, 'UTC', '2028-01-15T00:00Z', 4);
    const month = (days: string) => days.split(' ').map((day) => `2028-${day}T12:00Z`);
    expect(monthly(31)).toEqual(month('01-31 02-29 03-31 04-30'));
    expect(monthly('last')).toEqual(month('01-31 02-29 03-31 04-30'));
    expect(monthly(30)).toEqual(month('01-30 02-29 03-30 04-30'));
    expect(first({ kind: 'monthly', day: 29, at: '12:00' }, 'UTC', '2027-02-01T00:00Z', 2)).toEqual([
      '2027-02-28T12:00Z',
      '2027-03-29T12:00Z',
    ]);
    expect(first(cron('0 12 31 * *'), 'UTC', '2028-01-15T00:00Z', 3)).toEqual(month('01-31 03-31 05-31'));
    expect(first(cron('0 12 29 2 *'), 'UTC', '2026-01-01T00:00Z', 2)).toEqual([
      '2028-02-29T12:00Z',
      '2032-02-29T12:00Z',
    ]);
  });

  it('of weekdays are those of the time zone', () => {
    const monday: ScheduleTimes = { kind: 'weekly', on: ['mon'], at: '00:30' };
    expect(first(monday, 'Asia/Kolkata', '2026-11-20T00:00Z', 2)).toEqual([
      '2026-11-22T19:00Z',
      '2026-11-29T19:00Z',
    ]);
  });

  const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
  const at = fc.tuple(two(23), two(59)).map(([hour, minute]) => `${hour}:${minute}`);
  const anyTimes: fc.Arbitrary<ScheduleTimes> = fc.oneof(
    fc.integer({ min: 10, max: 100_000 }).map((s) => ({ kind: 'interval', every: `${s}s` }) as const),
    at.map(daily),
    at.map((time) => ({ kind: 'weekly', on: ['sun', 'wed'] as ('sun' | 'wed')[], at: time }) as const),
    fc
      .tuple(fc.integer({ min: 1, max: 31 }), at)
      .map(([day, time]) => ({ kind: 'monthly', day, at: time }) as const),
    fc.constantFrom('*/7 1-4 * * *', '0,30 2 * * *', '15 * * * sun', '59 23 L * *', '0 0 29 2 *').map(cron),
  );
  /** Around the days on which clocks change, of all zones. */
  const around = fc
    .tuple(
      fc.constantFrom(
        '2026-03-08',
        '2026-03-29',
        '2026-04-05',
        '2026-10-04',
        '2026-10-25',
        '2026-11-01',
        '2027-02-27',
      ),
      fc.integer({ min: -48 * HOUR_MS, max: 24 * HOUR_MS }),
    )
    .map(([day, off]) => new Date(Date.parse(`${day}T00:00Z`) + off));

  it('only grow, are the same from wherever one looks, and none lies between two of them', () => {
    fc.assert(
      fc.property(
        anyTimes,
        fc.constantFrom(...ZONES),
        around,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (times, timeZone, from, share) => {
          const schedule = nominalTimes({ times, timeZone });
          const found = timesBetween(schedule, from, new Date(8.64e15), 6);
          expect(found).toHaveLength(6);
          [from, ...found].forEach(
            (time, i, all) => i > 0 && expect(time.getTime()).toBeGreaterThan(all[i - 1]?.getTime() ?? NaN),
          );
          found.forEach((time, i) => {
            const before = found[i - 1] ?? from;
            const between = new Date(
              before.getTime() + Math.floor(share * (time.getTime() - before.getTime() - 1)),
            );
            expect(schedule.next(between)).toEqual(time);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of a day come exactly once a day, whatever clocks do', () => {
    fc.assert(
      fc.property(
        at,
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
        fc.constantFrom('2026-03-01', '2026-10-01'),
        (time, timeZone, month) => {
          const from = new Date(`${month}T12:00Z`);
          const days = timesBetween(
            nominalTimes({ times: daily(time), timeZone }),
            from,
            new Date(from.getTime() + 45 * 24 * HOUR_MS),
            100,
          ).map((one) => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(one));
          expect(new Set(days).size).toBe(days.length);
          expect(days.length).toBeGreaterThanOrEqual(44);
          expect(days.length).toBeLessThanOrEqual(46);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('start later by jitter that is always the same and ends before the next one', () => {
    fc.assert(
      fc.property(
        anyTimes,
        around,
        fc.constantFrom('0s', '45s', '10m', '3d'),
        fc.uuid(),
        (times, from, jitter, key) => {
          const schedule = nominalTimes({ times, timeZone: 'Europe/Berlin' });
          const [one, next] = timesBetween(schedule, from, new Date(8.64e15), 2);
          if (!one || !next) throw new Error('there are always two');
          const start = startOf(schedule, one, key, jitter);
          expect(start).toEqual(startOf(schedule, one, key, jitter));
          expect(start >= one && start < next).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('settings of a schedule', () => {
  const problemsOf = (settings: object): string[] =>
    (ScheduleSettings.safeParse(settings).error?.issues ?? []).map(({ path }) => path.join('.'));

  it('tell every problem at once, those of the input of a known workflow too', () => {
    expect(
      problemsOf({
        times: { kind: 'cron', expression: '61 * * * *' },
        timeZone: 'Mars/Olympus',
        catchUp: { atMost: 0 },
        jitter: 'soon',
        overlap: 'sometimes',
        input: { settings: { cloud: { accounts: [], regions: ['eu-west-1'] } } },
      }),
    ).toEqual([
      'times.expression',
      'timeZone',
      'catchUp.atMost',
      'overlap',
      'jitter',
      'input.settings.cloud.accounts',
      'input.asOf',
    ]);
  });

  it('refuse what would never fire, and what would fire without end', () => {
    const times = (value: object) => problemsOf({ times: value, workflow: 'other' });
    expect(times({ kind: 'cron', expression: '0 0 30 2 *' })).toEqual(['times.expression']);
    expect(times({ kind: 'cron', expression: '* * * * * *' })).toEqual(['times.expression']);
    expect(times({ kind: 'interval', every: '9s' })).toEqual(['times.every']);
    expect(times({ kind: 'interval', every: '10s' })).toEqual([]);
    expect(times({ kind: 'weekly', on: [], at: '24:00' })).toEqual(['times.on', 'times.at']);
  });
});

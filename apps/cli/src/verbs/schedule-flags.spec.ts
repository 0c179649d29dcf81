import { describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import { changesOf } from './schedule-flags.js';
import type { ScheduleFlags } from './schedule-flags.js';

const problemsOf = (flags: ScheduleFlags): string[] => {
  try {
    changesOf(flags);
  } catch (error) {
    if (error instanceof AppError) return error.details?.problems as string[];
  }
  return [];
};

describe('flags of a schedule', () => {
  it('become the settings that they name, and no others', () => {
    expect(
      changesOf({ weekly: 'Mon, thu@02:30', timeZone: 'Europe/Berlin', catchUp: '3', label: ['team=a=b'] }),
    ).toEqual({
      times: { kind: 'weekly', on: ['mon', 'thu'], at: '02:30' },
      timeZone: 'Europe/Berlin',
      catchUp: { atMost: 3 },
      labels: { team: 'a=b' },
    });
    expect(changesOf({ monthly: 'last@08:00' })).toEqual({
      times: { kind: 'monthly', day: 'last', at: '08:00' },
    });
    expect(changesOf({ monthly: '31@08:00', queueLimit: '4' })).toEqual({
      times: { kind: 'monthly', day: 31, at: '08:00' },
      queueLimit: 4,
    });
    expect(changesOf({ cron: '0 6 * * mon-fri', catchUp: 'all' })).toEqual({
      times: { kind: 'cron', expression: '0 6 * * mon-fri' },
      catchUp: 'all',
    });
    expect(changesOf({})).toEqual({});
  });

  it('are refused with every problem at once, each with its flag', () => {
    const flags = {
      interval: '9s',
      timeZone: 'Mars',
      overlap: 'maybe',
      queueLimit: 'x',
      jitter: 'soon',
      label: ['nothing'],
    };
    expect(problemsOf(flags).map((problem) => problem.split(':')[0])).toEqual([
      '--label',
      '--interval',
      '--time-zone',
      '--overlap',
      '--queue-limit',
      '--jitter',
    ]);
    expect(problemsOf({ daily: '06:00', interval: '1h' })).toEqual(['--interval, --daily: take one of them']);
  });
});

import { describe, expect, it } from '@jest/globals';
import { schedulePresets } from '@trimtab/contracts';
import { inUtc, inZone, rulesText, timesText } from './schedule.js';

describe('schedules as people read them', () => {
  it('say when they run, with the zone where it matters', () => {
    const timeZone = 'Europe/Berlin';
    expect(timesText({ timeZone, times: { kind: 'interval', every: '30m' } })).toBe('every 30m');
    expect(timesText({ timeZone, times: { kind: 'weekly', on: ['mon', 'thu'], at: '02:30' } })).toBe(
      'Mon, Thu 02:30 Europe/Berlin',
    );
    expect(timesText({ timeZone, times: { kind: 'monthly', day: 'last', at: '08:00' } })).toBe(
      'monthly last day 08:00 Europe/Berlin',
    );
    expect(timesText({ timeZone, times: { kind: 'cron', expression: '0 6 * * *' } })).toBe(
      'cron 0 6 * * * Europe/Berlin',
    );
  });

  it('show both 02:30 of the night in which clocks go back apart', () => {
    expect(inZone('2026-10-25T00:30:00.000Z', 'Europe/Berlin')).toBe('Sun 2026-10-25 02:30 +02:00');
    expect(inZone('2026-10-25T01:30:00.000Z', 'Europe/Berlin')).toBe('Sun 2026-10-25 02:30 +01:00');
    expect(inZone('2026-10-25T01:30:10.000Z', 'UTC')).toBe('Sun 2026-10-25 01:30:10 +00:00');
    expect([inZone(null, 'UTC'), inUtc(null)]).toEqual(['–', '–']);
    expect(inUtc('2026-10-25T01:30:00.000Z')).toBe('2026-10-25 01:30');
  });

  it('say their rules', () => {
    const preset = schedulePresets['weekly-report'];
    if (!preset) throw new Error('it comes with Trimtab');
    expect(rulesText(preset)).toBe('when missed the newest runs; overlap: queue (at most 10)');
    expect(rulesText({ ...preset, catchUp: { atMost: 3 }, overlap: 'skip', jitter: '5m' })).toBe(
      'when missed the newest 3 run; overlap: skip, jitter up to 5m',
    );
  });
});

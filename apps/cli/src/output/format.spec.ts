import { describe, expect, it } from '@jest/globals';
import { bar, causeOf, duration, money, percent, period, shortened, status, when } from './format.js';
import { widthOf } from './width.js';

describe('what people read', () => {
  it('says how long something took in the unit that fits', () => {
    expect([null, 0, 999, 1_000, 119_999, 120_000, 3_600_000].map(duration)).toEqual([
      '–',
      '0 ms',
      '999 ms',
      '1.0 s',
      '120.0 s',
      '2 min',
      '60 min',
    ]);
  });

  it('shows instants in UTC without the T, and a dash for what is not', () => {
    expect(when('2026-11-21T06:00:01.204Z')).toBe('2026-11-21 06:00:01');
    expect([when(null), money(null), percent(null)]).toEqual(['–', '–', '–']);
    expect(percent(0.345)).toBe('35 %');
  });

  it('ends a period on its last day', () => {
    expect(period({ start: '2026-11-01', end: '2026-11-02' })).toBe('2026-11-01');
    expect(period({ start: '2026-02-27', end: '2026-03-01' })).toBe('2026-02-27 … 2026-02-28');
  });

  it('draws a bar of the same width for any share', () => {
    for (const share of [-1, 0, 0.5, 1, 7]) expect(widthOf(bar(share, 10))).toBe(10);
    expect(bar(0.5, 4)).toContain('██');
  });

  it('keeps the word of a status whatever its colour', () => {
    for (const word of ['COMPLETED', 'FAILED', 'RUNNING', 'open', 'never heard of'])
      expect(status(word)).toContain(word);
  });

  it('names the cause of an anomaly without what its scope says already', () => {
    const scope = { accountId: '1111', service: 'Amazon S3' };
    const cause = [
      { dimensions: { account: '1111', service: 'Amazon S3', region: 'eu-west-1', usage: 'Requests' } },
    ];
    expect(causeOf({ scope, cause })).toBe('eu-west-1 / Requests');
    expect(causeOf({ scope, cause: [] })).toBe('no single cause');
  });

  it('cuts a long value and says so', () => {
    expect(shortened('abcdef', 4)).toBe('abc…');
    expect(shortened('abcd', 4)).toBe('abcd');
  });
});

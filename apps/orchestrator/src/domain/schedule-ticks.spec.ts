import { describe, expect, it } from '@jest/globals';
import type { CatchUp, Overlap } from '@trimtab/contracts';
import fc from 'fast-check';
import { decideTicks } from './schedule-ticks.js';
import type { Decided, DueSchedule } from './schedule-ticks.js';
import { nominalTimes } from './schedule-times.js';

const START = new Date('2026-11-01T00:00:00.000Z');
const HOURS = 3_600_000;
const after = (ms: number): Date => new Date(START.getTime() + ms);

const hourly = (over: Partial<DueSchedule['settings']> = {}, at: Partial<DueSchedule> = {}): DueSchedule => ({
  key: 'k',
  settings: { catchUp: 'all', overlap: 'allow', queueLimit: 10, jitter: '0s', ...over },
  times: nominalTimes({ times: { kind: 'interval', every: '1h' }, timeZone: 'UTC' }),
  decidedUntil: START,
  open: 0,
  queued: 0,
  ...at,
});

/** Number of ticks by outcome. */
const count = ({ ticks }: Decided): Record<string, number> =>
  ticks.reduce<Record<string, number>>(
    (all, { outcome }) => ({ ...all, [outcome]: (all[outcome] ?? 0) + 1 }),
    {},
  );
const late = after(72 * HOURS + 30 * 60_000);

describe('catching up after 72 hours', () => {
  const cases: readonly [CatchUp, Record<string, number>][] = [
    ['skip', { skipped: 72 }],
    ['one', { skipped: 71, starting: 1 }],
    ['all', { starting: 72 }],
    [{ atMost: 5 }, { skipped: 67, starting: 5 }],
  ];
  it.each(cases)('by %j', (catchUp, expected) => {
    const decided = decideTicks(hourly({ catchUp }), late);
    expect(count(decided)).toEqual(expected);
    expect(decided.decidedUntil).toEqual(after(72 * HOURS));
    // Those that run are the newest.
    expect(decided.ticks.map(({ outcome }) => outcome === 'skipped').lastIndexOf(true)).toBe(
      (expected.skipped ?? 0) - 1,
    );
  });

  it('counts a tick that is less than a minute late as on time', () => {
    expect(count(decideTicks(hourly({ catchUp: 'skip' }), after(HOURS + 59_000)))).toEqual({ starting: 1 });
    expect(count(decideTicks(hourly({ catchUp: 'skip' }), after(HOURS + 61_000)))).toEqual({ skipped: 1 });
    expect(count(decideTicks(hourly({ catchUp: 'one' }), after(72 * HOURS + 5_000)))).toEqual({
      skipped: 71,
      starting: 1,
    });
  });
});

describe('overlapping', () => {
  const now = after(3 * HOURS + 1_000);
  const cases: readonly [Overlap, number, (string | undefined)[]][] = [
    ['allow', 1, ['starting', 'starting', 'starting']],
    ['skip', 1, ['skipped', 'skipped', 'skipped']],
    ['skip', 0, ['starting', 'skipped', 'skipped']],
    ['queue', 1, ['queued', 'queued', 'queued']],
    ['queue', 0, ['starting', 'queued', 'queued']],
    ['cancel-previous', 1, ['skipped', 'skipped', 'queued']],
    ['cancel-previous', 0, ['skipped', 'skipped', 'starting']],
  ];
  it.each(cases)('by %s with %i open', (overlap, open, outcomes) => {
    const { ticks, supersedes } = decideTicks(hourly({ overlap }, { open }), now);
    expect(ticks.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(supersedes).toBe(overlap === 'cancel-previous');
  });

  it('leaves undecided what has no room in the queue', () => {
    const decided = decideTicks(hourly({ overlap: 'queue', queueLimit: 1 }), now);
    expect(decided.ticks.map(({ outcome }) => outcome)).toEqual(['starting', 'queued']);
    expect(decided.decidedUntil).toEqual(after(2 * HOURS));
  });
});

describe('decisions', () => {
  const settings = fc.record({
    catchUp: fc.oneof(
      fc.constantFrom<CatchUp>('skip', 'one', 'all'),
      fc.integer({ min: 1, max: 100 }).map((atMost) => ({ atMost })),
    ),
    overlap: fc.constantFrom<Overlap>('allow', 'skip', 'queue', 'cancel-previous'),
    queueLimit: fc.integer({ min: 1, max: 20 }),
    jitter: fc.constantFrom('0s', '30s', '2h'),
  });

  it('give each nominal time one tick, however clocks jump and whoever decides when', () => {
    const looks = fc.array(fc.integer({ min: -24 * HOURS, max: 80 * HOURS }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(settings, looks, fc.nat(2), (chosen, offsets, open) => {
        let schedule = hourly(chosen, { open });
        const seen: number[] = [];
        for (const offset of offsets) {
          const decided = decideTicks(schedule, after(offset));
          seen.push(...decided.ticks.map(({ nominal }) => nominal.getTime()));
          expect(decided.decidedUntil >= schedule.decidedUntil).toBe(true);
          schedule = { ...schedule, decidedUntil: decided.decidedUntil };
        }
        const hours = Array.from(seen, (_, i) => START.getTime() + (i + 1) * HOURS);
        expect(seen).toEqual(hours);
      }),
      { numRuns: 300 },
    );
  });

  it('of a long absence come in parts and promise the same', () => {
    const often = nominalTimes({ times: { kind: 'interval', every: '10s' }, timeZone: 'UTC' });
    const total = (catchUp: CatchUp): Record<string, number> => {
      let schedule = hourly({ catchUp }, { times: often });
      const sum: Record<string, number> = {};
      for (let before; before !== schedule.decidedUntil.getTime();) {
        before = schedule.decidedUntil.getTime();
        const decided = decideTicks(schedule, after(6 * HOURS + 5_000));
        for (const [outcome, n] of Object.entries(count(decided))) sum[outcome] = (sum[outcome] ?? 0) + n;
        schedule = { ...schedule, decidedUntil: decided.decidedUntil };
      }
      return sum;
    };
    // The newest six are on time.
    expect(total('one')).toEqual({ skipped: 2_154, starting: 6 });
    expect(total('skip')).toEqual({ skipped: 2_154, starting: 6 });
    expect(total({ atMost: 100 })).toEqual({ skipped: 2_060, starting: 100 });
    expect(total('all')).toEqual({ starting: 2_160 });
  });
});

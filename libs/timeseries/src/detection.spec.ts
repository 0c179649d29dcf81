import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AnomalyEvent } from './detection.js';
import { detectAnomalies, expectedWithin } from './detection.js';
import { normal, seededRandom } from './random.js';

const DAYS = 120;
const WEEK = [1.1, 1.12, 1.1, 1.08, 1.05, 0.8, 0.75];

/** Daily cost with a weekly season and log-normal noise; `change` multiplies single days. */
function costs(seed: number, noise: number, change: (day: number) => number = () => 1): number[] {
  const random = seededRandom(seed);
  return Array.from(
    { length: DAYS },
    (_, t) => 400 * (WEEK[t % 7] ?? 1) * Math.exp(noise * normal(random)) * change(t),
  );
}

const detect = (values: number[]): AnomalyEvent[] => detectAnomalies({ start: '2026-07-01', values });
const seeds = fc.integer({ min: 1, max: 1_000_000 });

/** Share of the first `count` seeds for which `holds`. */
const share = (count: number, holds: (seed: number) => boolean): number =>
  Array.from({ length: count }, (_, i) => holds(i + 1)).filter(Boolean).length / count;

describe('detectAnomalies', () => {
  it('raises at most one false alarm in 150 series-months of seasonal noise of 5 %', () => {
    const alarms = Array.from({ length: 150 }, (_, i) => detect(costs(i + 1, 0.05)).length);
    const months = (150 * (DAYS - 14)) / 30.4;
    expect(alarms.reduce((a, b) => a + b, 0) / months).toBeLessThanOrEqual(1 / 150);
  });

  it('finds a planted spike on its first day, with no other event', () => {
    const found = share(60, (seed) => {
      const at = 30 + (seed % 80);
      const events = detect(costs(seed, 0.05, (t) => (t >= at && t < at + 1 + (seed % 4) ? 1.8 : 1)));
      return events.length === 1 && events[0]?.kind === 'spike' && events[0].start === at;
    });
    expect(found).toBeGreaterThanOrEqual(0.96);
  });

  it('finds a level shift on its first day and takes the level as normal after 14 days', () => {
    const found = share(60, (seed) => {
      const at = 35 + (seed % 55);
      const events = detect(costs(seed, 0.04, (t) => (t >= at ? 1.6 : 1)));
      const [event] = events;
      return (
        events.length === 1 && event?.kind === 'level-shift' && event.start === at && event.end === at + 13
      );
    });
    expect(found).toBeGreaterThanOrEqual(0.96);
  });

  it('finds a drift of 1.5 % a day that no single day shows and places its start within a week', () => {
    const found = share(60, (seed) => {
      const at = 55 + (seed % 25);
      const events = detect(costs(seed, 0.04, (t) => (t >= at ? 1.015 ** (t - at) : 1)));
      return events.length === 1 && events[0]?.kind === 'drift' && Math.abs(events[0].start - at) <= 7;
    });
    expect(found).toBeGreaterThanOrEqual(0.96);
  });

  it('finds a spike that follows another: the first does not poison the baseline', () => {
    const found = share(40, (seed) => {
      const events = detect(costs(seed, 0.05, (t) => (t === 60 ? 10 : t === 63 ? 1.8 : 1)));
      return events.length === 2 && events[1]?.start === 63;
    });
    expect(found).toBeGreaterThanOrEqual(0.95);
  });

  it('says the same in every currency when the floor is converted too', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(0.25, 4, 64, 1024), (seed, rate) => {
        const values = costs(seed, 0.05, (t) => (t >= 70 && t < 75 ? 2 : 1));
        const converted = detectAnomalies(
          { start: '2026-07-01', values: values.map((value) => value * rate) },
          { floor: { absolute: 50 * rate, relative: 0.1 } },
        );
        const days = (events: AnomalyEvent[]) => events.map(({ kind, start, end }) => ({ kind, start, end }));
        expect(days(converted)).toEqual(days(detect(values)));
      }),
      { numRuns: 20 },
    );
  });

  it('is causal: later days never change whether a day was anomalous when it was seen', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 61, max: 119 }), (seed, until) => {
        const values = costs(seed, 0.05, (t) => (t === 60 ? 2.5 : 1));
        const then = detect(values.slice(0, until)).find((event) => event.start === 60);
        expect(then?.start).toBe(detect(values).find((event) => event.start === 60)?.start);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps an event open while it lasts and closes it after', () => {
    const values = costs(3, 0.03, (t) => (t >= 100 ? 2 : 1));
    expect(detect(values.slice(0, 103))[0]).toMatchObject({ kind: 'spike', state: 'open', start: 100 });
    expect(detect(values.slice(0, 110))[0]).toMatchObject({ kind: 'level-shift', state: 'open', start: 100 });
    const back = costs(3, 0.03, (t) => (t >= 100 && t < 108 ? 2 : 1));
    expect(detect(back)[0]).toMatchObject({ kind: 'level-shift', state: 'closed', start: 100, end: 107 });
  });

  it('names spend that was never there before', () => {
    const values = costs(5, 0.05).map((value, t) => (t < 70 ? 0 : value));
    expect(detect(values)[0]).toMatchObject({ kind: 'first-seen', start: 70, startDay: '2026-09-09' });
  });

  it('bears unknown days, zeros and short series', () => {
    expect(detect(costs(7, 0.05).map((value, t) => (t % 9 === 4 ? Number.NaN : value)))).toEqual([]);
    expect(detect(new Array<number>(60).fill(0))).toEqual([]);
    expect(detect([1, 2, 3])).toEqual([]);
    expect(detect([])).toEqual([]);
  });

  it('takes a charge of every first of the month for a habit once it was seen', () => {
    const firsts = [31, 62, 92];
    const events = detect(costs(13, 0.04, (t) => (firsts.includes(t) ? 3 : 1)));
    expect(events.map((event) => event.startDay)).toEqual(['2026-08-01']);
  });

  it('reports a first of the month that is far above the one before', () => {
    const events = detect(costs(13, 0.04, (t) => (t === 62 ? 2 : t === 92 ? 6 : 1)));
    expect(events.map((event) => event.startDay)).toEqual(['2026-09-01', '2026-10-01']);
  });

  it('takes the bursts of a mostly idle series for a habit, not a burst that is larger than all', () => {
    const busy = new Set([20, 31, 47, 58, 70, 83, 95, 104]);
    const bursts = costs(15, 0.1).map((value, t) => (busy.has(t) ? value : 0));
    expect(detect(bursts).filter((event) => event.start > 40)).toEqual([]);
    const larger = bursts.map((value, t) => (t === 104 ? value * 5 : value));
    expect(detect(larger).filter((event) => event.start > 40)).toMatchObject([{ kind: 'spike', start: 104 }]);
  });

  it('does not take a return after a pause for an anomaly', () => {
    expect(detect(costs(9, 0.04, (t) => (t >= 60 && t < 66 ? 0.2 : 1)))).toEqual([]);
  });

  it('reports drops only when asked', () => {
    const values = costs(11, 0.04, (t) => (t === 60 ? 0.3 : 1));
    expect(detect(values)).toEqual([]);
    const both = detectAnomalies({ start: '2026-07-01', values }, { direction: 'both' });
    expect(both).toHaveLength(1);
    expect(both[0]?.impact).toBeLessThan(0);
  });
});

describe('expectedWithin', () => {
  it('continues a pure weekly pattern exactly', () => {
    const values = Array.from({ length: 70 }, (_, t) => 100 * (WEEK[t % 7] ?? 1));
    expectedWithin(values, 56, 69).forEach((value, i) => expect(value).toBeCloseTo(values[56 + i] ?? 0, 6));
  });
});

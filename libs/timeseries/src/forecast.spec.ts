import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { forecast, probabilityAbove } from './forecast.js';
import { normal, seededRandom } from './random.js';
import { decompose, seasonalFactors } from './seasonality.js';

const WEEK = [1.1, 1.12, 1.1, 1.08, 1.05, 0.8, 0.75];

function noisy(seed: number, days: number, noise: number, growth = 0): number[] {
  const random = seededRandom(seed);
  return Array.from(
    { length: days },
    (_, t) => 400 * (WEEK[t % 7] ?? 1) * Math.exp(noise * normal(random) + growth * t),
  );
}

describe('forecast', () => {
  it('continues a pure weekly pattern exactly and is sure of it', () => {
    const pattern = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(
        pattern,
        fc.integer({ min: 6, max: 14 }),
        fc.integer({ min: 1, max: 30 }),
        (week, weeks, horizon) => {
          const values = Array.from({ length: weeks * 7 }, (_, t) => week[t % 7] ?? 0);
          const result = forecast(values, horizon, { paths: 50 });
          result.mean.forEach((value, i) => expect(value).toBeCloseTo(week[(weeks * 7 + i) % 7] ?? 0, 6));
          expect(result.backtest.wape).toBeCloseTo(0, 9);
          expect(result.total.intervals[0]?.upper).toBeCloseTo(result.total.mean, 4);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('orders its intervals: wider level outside narrower, mean of the total inside', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (seed) => {
        const { intervals, total } = forecast(noisy(seed, 90, 0.1), 20, { paths: 300 });
        const [narrow, wide] = intervals;
        narrow?.steps.forEach((step, i) => {
          expect(wide?.steps[i]?.lower).toBeLessThanOrEqual(step.lower);
          expect(step.lower).toBeLessThanOrEqual(step.upper);
          expect(step.upper).toBeLessThanOrEqual(wide?.steps[i]?.upper ?? 0);
        });
        expect(total.intervals[1]?.lower).toBeLessThanOrEqual(total.intervals[0]?.lower ?? 0);
        expect(total.mean).toBeGreaterThanOrEqual(total.intervals[1]?.lower ?? 0);
        expect(total.mean).toBeLessThanOrEqual(total.intervals[1]?.upper ?? 0);
      }),
      { numRuns: 10 },
    );
  });

  it('covers the true total of the next 21 days about as often as its 80 % interval says', () => {
    const series = 60;
    let inside = 0;
    for (let seed = 1; seed <= series; seed += 1) {
      const values = noisy(seed, 120, 0.08);
      const truth = values.slice(99).reduce((a, b) => a + b, 0);
      const [interval] = forecast(values.slice(0, 99), 21, { paths: 300 }).total.intervals;
      if (interval && truth >= interval.lower && truth <= interval.upper) inside += 1;
    }
    expect(inside / series).toBeGreaterThanOrEqual(0.7);
    expect(inside / series).toBeLessThanOrEqual(0.97);
  });

  it('is hardly moved by one extreme day in its history', () => {
    const values = noisy(4, 90, 0.05);
    const spiked = values.map((value, t) => (t === 80 ? value * 20 : value));
    expect(forecast(spiked, 14).total.mean / forecast(values, 14).total.mean).toBeCloseTo(1, 1);
  });

  it('gives the same answer for the same input, never below zero', () => {
    const values = noisy(8, 60, 1);
    expect(forecast(values, 10)).toEqual(forecast(values, 10));
    const lowest = forecast(values, 10).intervals.flatMap(({ steps }) => steps.map((step) => step.lower));
    expect(Math.min(...lowest)).toBeGreaterThanOrEqual(0);
  });

  it('leaves skipped days out of the total', () => {
    const values = noisy(3, 60, 0.05);
    const all = forecast(values, 10);
    const tail = forecast(values, 10, { skip: 4 });
    expect(tail.mean).toEqual(all.mean);
    expect(tail.total.mean).toBeCloseTo(
      all.mean.slice(4).reduce((a, b) => a + b, 0),
      6,
    );
    expect(tail.total.intervals[0]?.upper).toBeLessThan(all.total.intervals[0]?.upper ?? 0);
  });

  it('works from very little history and refuses less', () => {
    expect(forecast([10, 10, 10], 5).total.mean).toBeCloseTo(50, 6);
    expect(() => forecast([10], 5)).toThrow('at least two values');
  });
});

describe('probabilityAbove', () => {
  it('falls from nearly one to nearly zero as the threshold rises, and is never certain', () => {
    const totals = Float64Array.from({ length: 99 }, (_, i) => i + 1);
    expect(probabilityAbove(totals, 0)).toBeCloseTo(0.995, 3);
    expect(probabilityAbove(totals, 49.5)).toBeCloseTo(0.505, 3);
    expect(probabilityAbove(totals, 1000)).toBeCloseTo(0.005, 3);
  });
});

describe('decompose', () => {
  it('adds up to the values', () => {
    const values = noisy(2, 70, 0.1, 0.002);
    const { trend, seasonal, remainder } = decompose(values);
    values.forEach((value, i) =>
      expect((trend[i] ?? 0) + (seasonal[i] ?? 0) + (remainder[i] ?? 0)).toBeCloseTo(value, 6),
    );
  });

  it('finds the season although one week is broken', () => {
    const values = Array.from({ length: 70 }, (_, t) => (t % 7) * 10 + (t >= 21 && t < 28 ? 500 : 0));
    expect(Array.from(seasonalFactors(values, 7))).toEqual([-30, -20, -10, 0, 10, 20, 30]);
  });
});

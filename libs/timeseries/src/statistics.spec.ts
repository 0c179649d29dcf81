import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mad, median, quantile, residualScale, robustZ, theilSenSlope, trimmedMean } from './statistics.js';

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('robust statistics', () => {
  it('interpolates quantiles as type 7 does', () => {
    expect(quantile([1, 2, 3, 4], 0.25)).toBeCloseTo(1.75, 12);
    expect(quantile([15, 20, 35, 40, 50], 0.4)).toBeCloseTo(29, 12);
    expect(median([3, 1, 2, 10])).toBe(2.5);
    expect(mad([1, 1, 2, 2, 4, 6, 9])).toBe(1);
  });

  it('does not depend on the order of the values', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        expect(quantile([...values].reverse(), p)).toBe(quantile(values, p));
        expect(mad([...values].reverse())).toBe(mad(values));
      }),
    );
  });

  it('scales with the values', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 1000 }), (values, factor) => {
        const scaled = values.map((value) => value * factor);
        expect(median(scaled)).toBeCloseTo(median(values) * factor, 3);
        expect(residualScale(scaled)).toBeCloseTo(residualScale(values) * factor, 3);
      }),
    );
  });

  it('finds the slope of a line although a quarter of its points are wrong', () => {
    const line = Array.from({ length: 40 }, (_, i) => 3 + 0.5 * i + (i % 5 === 0 ? 1000 : 0));
    expect(theilSenSlope(line)).toBeCloseTo(0.5, 6);
  });

  it('ignores the tails in a trimmed mean and the floor in a large scale', () => {
    expect(trimmedMean([1, 2, 3, 4, 5, 6, 7, 8, 9, 1000])).toBeCloseTo(5.5, 12);
    expect(robustZ(10, 4, 0, 2)).toBe(3);
  });

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow('at least one value');
  });
});

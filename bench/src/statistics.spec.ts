import { describe, expect, it } from '@jest/globals';
import { median, medians, quantile, rounded } from './statistics.js';

describe('statistics of a benchmark', () => {
  it('takes the middle, and of an even number the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('takes quantiles by the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(quantile(values, 0.5)).toBe(50);
    expect(quantile(values, 0.99)).toBe(99);
    expect(quantile(values, 1)).toBe(100);
    expect(quantile([7], 0.01)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('keeps three significant digits', () => {
    expect(rounded(1234.5)).toBe(1230);
    expect(rounded(0.012345)).toBe(0.0123);
    expect(rounded(Number.POSITIVE_INFINITY)).toBeNaN();
  });

  it('takes medians key by key', () => {
    expect(
      medians([
        { p50: 1, p99: 30 },
        { p50: 3, p99: 10 },
        { p50: 2, p99: 20 },
      ]),
    ).toEqual({ p50: 2, p99: 20 });
  });
});

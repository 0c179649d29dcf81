import { describe, expect, it } from '@jest/globals';
import { severityOf } from './severity.js';

describe('severityOf', () => {
  it('counts what a closed anomaly cost', () => {
    expect(severityOf([100, 100], false, '2026-11-10')).toBe('low');
    expect(severityOf([250], false, '2026-11-10')).toBe('medium');
    expect(severityOf([1_000], false, '2026-11-10')).toBe('high');
    expect(severityOf([5_000], false, '2026-11-10')).toBe('critical');
  });

  it('lets an open anomaly go on until the end of the month', () => {
    expect(severityOf([100, 100], true, '2026-11-28')).toBe('medium');
    expect(severityOf([100, 100], true, '2026-11-10')).toBe('high');
    expect(severityOf([100, 100], true, '2026-11-30')).toBe('low');
    expect(severityOf([100, 100], true, '2028-02-28')).toBe('medium');
  });
});

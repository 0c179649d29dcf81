import { describe, expect, it } from '@jest/globals';
import { TraceBudget } from './trace-budget.js';

const keptOf = (budget: TraceBudget, times: readonly number[]): number =>
  times.filter((now) => budget.admits(now)).length;
const each = (ms: number, from: number, to: number): number[] =>
  Array.from({ length: (to - from) / ms }, (_, i) => from + i * ms);

describe('the budget of traces', () => {
  it('keeps every trace below its rate', () => {
    expect(keptOf(new TraceBudget(100), each(10, 0, 10_000))).toBe(1_000);
  });

  it('keeps its rate of a flood, and ten seconds more of it at the beginning', () => {
    const kept = keptOf(new TraceBudget(10), each(0.5, 0, 100_000));
    expect(kept).toBeGreaterThanOrEqual(1_095);
    expect(kept).toBeLessThanOrEqual(1_100);
  });

  it('keeps ten seconds of budget in reserve, not more', () => {
    const budget = new TraceBudget(5);
    expect(keptOf(budget, Array<number>(200).fill(0))).toBe(50);
    expect(keptOf(budget, Array<number>(200).fill(60_000))).toBe(50);
  });

  it('keeps none with 0, all with Infinity, one of some seconds with a fraction', () => {
    expect(keptOf(new TraceBudget(0), each(1_000, 0, 10_000))).toBe(0);
    expect(keptOf(new TraceBudget(Infinity), Array<number>(10_000).fill(0))).toBe(10_000);
    expect(keptOf(new TraceBudget(0.5), each(100, 0, 20_000))).toBe(14);
  });

  it('is not confused by a clock that goes back', () => {
    const budget = new TraceBudget(0.1);
    expect([50_000, 10_000, 15_000, 20_000].map((now) => budget.admits(now))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

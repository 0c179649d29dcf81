import { describe, expect, it } from '@jest/globals';
import { BudgetSettings } from '@trimtab/contracts';
import { bill } from '../../test/bill.js';
import type { Crossing } from './crossings.js';
import { newCrossings } from './crossings.js';
import { evaluateBudget } from './evaluate.js';

const settings = (monthlyLimit: string) =>
  BudgetSettings.parse({ name: 'company', currency: 'USD', monthlyLimit });

/** Day by day through November, as daily runs would see it. */
function story(
  limitOf: (day: number) => string,
  from = 2,
  to = 30,
): { day: number; kind: string; threshold: number }[] {
  const told: Crossing[] = [];
  const news = [];
  for (let day = from; day <= to; day += 1) {
    const today = `2026-11-${String(day).padStart(2, '0')}`;
    const statuses = evaluateBudget(settings(limitOf(day)), bill(today), `${today}T06:00:00Z`);
    const fresh = newCrossings(statuses, told).map(({ crossing }) => crossing);
    told.push(...fresh);
    news.push(...fresh.map(({ kind, threshold }) => ({ day, kind, threshold })));
  }
  return news;
}

describe('newCrossings', () => {
  it('tells each mark once per period, in order', () => {
    const news = story(() => '3900');
    const marks = news.filter(({ kind }) => kind === 'actual').map(({ threshold }) => threshold);
    expect(marks).toEqual([50, 80, 90, 100]);
    expect(news.filter(({ kind }) => kind === 'forecast')).toHaveLength(1);
    expect(news.find(({ kind }) => kind === 'forecast')?.day).toBeLessThan(10);
  });

  it('tells only the highest of the marks that were passed since the last look', () => {
    const news = story(() => '2000', 26, 26);
    expect(news).toEqual([
      { day: 26, kind: 'actual', threshold: 110 },
      { day: 26, kind: 'forecast', threshold: 100 },
    ]);
  });

  it('tells a mark again when the limit was changed', () => {
    const news = story((day) => (day < 20 ? '3000' : '3600'), 18, 22);
    expect(news.filter(({ kind }) => kind === 'forecast').map(({ day }) => day)).toEqual([18, 20]);
  });

  it('says nothing of nodes without a limit', () => {
    const statuses = evaluateBudget(settings('1'), bill('2026-11-20'), '2026-11-20T06:00:00Z');
    expect(newCrossings(statuses, []).every(({ budget }) => budget.id === 'company')).toBe(true);
  });
});

import { describe, expect, it } from '@jest/globals';
import { BudgetSettings, BudgetStatus } from '@trimtab/contracts';
import type { CostFact } from '@trimtab/contracts';
import { money, sumMoney } from '@trimtab/kernel';
import fc from 'fast-check';
import { bill, fact } from '../../test/bill.js';
import { evaluateBudget } from './evaluate.js';

const budget = (limit: string, children: unknown[] = []): BudgetSettings =>
  BudgetSettings.parse({ name: 'company', currency: 'USD', monthlyLimit: limit, children });

const child = (name: string, monthlyLimit: string, match: object = {}) => ({ name, monthlyLimit, match });

const root = (settings: BudgetSettings, facts: CostFact[], asOf: string): BudgetStatus => {
  const [status] = evaluateBudget(settings, facts, asOf);
  return BudgetStatus.parse(status);
};

const ASOF = '2026-11-20T09:00:00Z';
const november = (facts: CostFact[]) => facts.filter((one) => one.day >= '2026-11-01');
const exactSum = (facts: CostFact[]) =>
  sumMoney(
    facts.map((one) => money(one.effectiveCost, 'USD')),
    'USD',
  );

describe('evaluateBudget', () => {
  it('lets every fact land in exactly one leaf and rolls up exactly', () => {
    const account = fc.constantFrom('111', '222', '333');
    const service = fc.constantFrom('Compute', 'Storage', 'Queue');
    const day = fc.integer({ min: 1, max: 19 }).map((d) => `2026-11-${String(d).padStart(2, '0')}`);
    const cents = fc.integer({ min: -5_000, max: 1_000_000 }).map((n) => (n / 10_000).toFixed(4));
    const anyFact = fc
      .tuple(account, service, day, cents)
      .map(([accountId, name, at, effectiveCost]) =>
        fact({ accountId, service: name, day: at, effectiveCost }),
      );
    const settings = budget('5000', [
      child('one', '10', { accountIds: ['111'] }),
      child('storage', '10', { services: ['Storage'] }),
    ]);
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 40 }), (facts) => {
        const [whole, ...leaves] = evaluateBudget(settings, facts, ASOF);
        expect(leaves.map((leaf) => leaf.id)).toEqual([
          'company/one',
          'company/storage',
          'company/unallocated',
        ]);
        expect(whole?.actual).toEqual(exactSum(facts));
        expect(
          sumMoney(
            leaves.map((leaf) => leaf.actual),
            'USD',
          ),
        ).toEqual(whole?.actual);
        expect(
          sumMoney(
            leaves.map((leaf) => leaf.forecast),
            'USD',
          ),
        ).toEqual(whole?.forecast);
      }),
      { numRuns: 40 },
    );
  });

  it('gives a fact to the first child that matches', () => {
    const facts = [fact({ day: '2026-11-02', service: 'Storage', effectiveCost: '7' })];
    const settings = budget('100', [
      child('first', '10', { accountIds: ['111'] }),
      child('second', '10', { services: ['Storage'] }),
    ]);
    expect(evaluateBudget(settings, facts, ASOF).map((node) => node.actual.amount)).toEqual([
      '7',
      '7',
      '0',
      '0',
    ]);
  });

  it('never adds another currency', () => {
    const facts = [
      fact({ day: '2026-11-02', effectiveCost: '7' }),
      fact({ day: '2026-11-02', effectiveCost: '9', currency: 'EUR' }),
    ];
    expect(root(budget('100'), facts, ASOF).actual).toEqual({ amount: '7', currency: 'USD' });
  });

  it('forecasts the month of a regular bill within 3 % and keeps it inside the interval', () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const whole = Number(exactSum(november(bill('2026-12-01', { seed }))).amount);
      const status = root(budget('99999'), bill('2026-11-20', { seed }), ASOF);
      expect(Math.abs(Number(status.forecast.amount) / whole - 1)).toBeLessThan(0.03);
      expect(Number(status.forecastLow.amount)).toBeLessThanOrEqual(Number(status.forecast.amount));
      expect(Number(status.forecastHigh.amount)).toBeGreaterThanOrEqual(Number(status.forecast.amount));
    }
  });

  it('counts what today has cost once: part of the day neither adds to nor lowers the forecast', () => {
    const facts = bill('2026-11-20', { noise: 0 });
    const partly = [...facts, fact({ day: '2026-11-20', effectiveCost: '30' })];
    const without = root(budget('99999'), facts, ASOF);
    const within = root(budget('99999'), partly, ASOF);
    expect(Number(within.forecast.amount)).toBeCloseTo(Number(without.forecast.amount), 1);
    expect(Number(within.actual.amount)).toBeCloseTo(Number(without.actual.amount) + 30, 4);
  });

  it('takes a late last day for not complete', () => {
    const facts = bill('2026-11-20', { noise: 0 });
    const late = facts.filter((one) => one.day < '2026-11-19' || one.accountId === '222');
    const [full, partial] = [facts, late].map((rows) =>
      Number(root(budget('99999'), rows, ASOF).forecast.amount),
    );
    expect(Math.abs((partial ?? 0) / (full ?? 1) - 1)).toBeLessThan(0.01);
  });

  it('expects the fees that earlier months brought after this day', () => {
    const fees = ['2026-08-28', '2026-09-28', '2026-10-28'].map((day) =>
      fact({ day, effectiveCost: '500', chargeCategory: 'Purchase' }),
    );
    const usage = bill('2026-11-20', { noise: 0 });
    const plain = root(budget('99999'), usage, ASOF);
    const withFees = root(budget('99999'), [...usage, ...fees], ASOF);
    expect(withFees.actual).toEqual(plain.actual);
    expect(Number(withFees.forecast.amount)).toBeCloseTo(Number(plain.forecast.amount) + 500, 1);
  });

  it('passes through ok, forecast-exceeded and exceeded as the limit falls', () => {
    const facts = bill('2026-11-20', { season: false, noise: 0 });
    const states = ['9000', '3000', '2000'].map((limit) => root(budget(limit), facts, ASOF));
    expect(states.map((status) => status.status)).toEqual(['ok', 'forecast-exceeded', 'exceeded']);
    expect(states.map((status) => status.crossed)).toEqual([null, 80, 110]);
    expect(states[2]?.probabilityToExceed).toBe(1);
    expect(states[0]?.probabilityToExceed).toBeLessThan(0.01);
  });

  it('warns when 80 % is spent although the forecast stays below the limit', () => {
    const status = root(
      budget('4300'),
      bill('2026-11-29', { season: false, noise: 0 }),
      '2026-11-29T06:00:00Z',
    );
    expect(status).toMatchObject({ status: 'warning', crossed: 90 });
  });

  it('warns when the interval of the forecast reaches beyond the limit', () => {
    const facts = bill('2026-11-08', { noise: 0.15 });
    const { forecast, forecastHigh } = root(budget('99999'), facts, '2026-11-08T06:00:00Z');
    const between = ((Number(forecast.amount) + Number(forecastHigh.amount)) / 2).toFixed(2);
    expect(root(budget(between), facts, '2026-11-08T06:00:00Z').status).toBe('warning');
  });

  it('is certain of nothing before the limit is passed and surer as it falls', () => {
    const facts = bill('2026-11-20', { noise: 0.1 });
    const limits = ['4600', '4400', '4200', '4000', '3800'];
    const chances = limits.map((limit) => root(budget(limit), facts, ASOF).probabilityToExceed ?? -1);
    expect([...chances].sort((a, b) => a - b)).toEqual(chances);
    for (const chance of chances) expect(chance > 0 && chance < 1).toBe(true);
  });

  it('burns at 1 when the limit and the month run out together', () => {
    const facts = bill('2026-11-20', { season: false, noise: 0 });
    expect(root(budget('4200'), facts, ASOF).burnRate).toBeCloseTo(1, 2);
    expect(root(budget('2100'), facts, ASOF).burnRate).toBeCloseTo(2, 2);
  });

  it('compares thresholds exactly', () => {
    const spent = (amount: string) =>
      root(budget('0.3'), [fact({ day: '2026-11-02', effectiveCost: amount })], ASOF);
    expect(spent('0.2700').crossed).toBe(90);
    expect(spent('0.2699').crossed).toBe(80);
  });

  it('works on the first of a month, with one day of history, and without any cost', () => {
    const first = root(budget('9999'), bill('2026-12-01'), '2026-12-01T00:30:00Z');
    expect(first).toMatchObject({
      actual: { amount: '0' },
      burnRate: 0,
      period: { start: '2026-12-01', end: '2027-01-01' },
    });
    expect(Number(first.forecast.amount)).toBeGreaterThan(3_900);
    const one = root(budget('9999'), [fact({ day: '2026-11-19', effectiveCost: '10' })], ASOF);
    expect(Number(one.forecast.amount)).toBeCloseTo(120, 6);
    expect(root(budget('9999'), [], ASOF)).toMatchObject({ actual: { amount: '0' }, status: 'ok' });
  });

  it('forecasts only this month when the bill ends in the month before', () => {
    const stale = bill('2026-10-28', { season: false, noise: 0 });
    expect(Number(root(budget('9999'), stale, '2026-11-02T00:00:00Z').forecast.amount)).toBeCloseTo(
      30 * 140,
      0,
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { Anomaly, AnomalySettings } from '@trimtab/contracts';
import type { CostFact } from '@trimtab/contracts';
import { addMoney, money, sumMoney } from '@trimtab/kernel';
import { asOfDay, bill, company } from '../../test/bill.js';
import { detect } from './detect.js';

const settings = AnomalySettings.parse({});
const found = (facts: CostFact[], asOf = asOfDay(100)): Anomaly[] => [
  ...detect(facts, settings, asOf).anomalies,
];
const inEvent = (from: number, to: number) => (day: number) => (day >= from && day < to ? 2.5 : 1);

describe('detect', () => {
  it('says nothing of a quiet bill', () => {
    for (let seed = 1; seed <= 10; seed += 1) expect(found(bill(company(), { seed }))).toEqual([]);
  });

  it('names account, service, region and usage type of more usage, with exact sums', () => {
    const facts = bill(company({ quantity: inEvent(70, 73) }));
    const [anomaly, ...others] = found(facts);
    expect(others).toEqual([]);
    expect(Anomaly.parse(anomaly)).toMatchObject({
      id: '111111111111-compute-2026-10-10',
      kind: 'spike',
      status: 'closed',
      period: { start: '2026-10-10', end: '2026-10-13' },
    });
    expect(anomaly?.cause[0]?.dimensions).toEqual({
      accountId: '111111111111',
      service: 'Compute',
      region: 'eu-west-1',
      usageType: 'EU-BoxUsage',
    });
    const days = facts.filter(
      (fact) => fact.service === 'Compute' && fact.day >= '2026-10-10' && fact.day < '2026-10-13',
    );
    const exact = sumMoney(
      days.map((fact) => money(fact.effectiveCost, 'USD')),
      'USD',
    );
    expect(anomaly?.actual).toEqual(exact);
    expect(addMoney(anomaly?.expected ?? exact, anomaly?.impact ?? exact).amount).toBe(exact.amount);
  });

  it('tells more usage from a higher rate', () => {
    const usage = found(bill(company({ quantity: inEvent(70, 73) })))[0]?.cause[0];
    expect(Number(usage?.usageEffect?.amount)).toBeCloseTo(Number(usage?.impact.amount), 0);
    const rate = found(bill(company({ price: inEvent(70, 73) })))[0]?.cause[0];
    expect(Number(rate?.rateEffect?.amount)).toBeGreaterThan(0.9 * Number(rate?.impact.amount));
  });

  it('keeps an anomaly open at the end of the data and rates it by the month end', () => {
    const facts = bill(company({ quantity: (day) => (day >= 97 ? 2.5 : 1) }));
    const [anomaly] = found(facts);
    expect(anomaly).toMatchObject({ status: 'open', severity: 'critical' });
    expect(Number(anomaly?.impact.amount)).toBeLessThan(1_000);
  });

  it('leaves taxes, fees and credits out', () => {
    const lumps = (['Tax', 'Purchase', 'Credit', 'Adjustment'] as const).map((chargeCategory, i) => ({
      ...(bill(company())[0] as CostFact),
      day: `2026-10-1${i}`,
      chargeCategory,
      effectiveCost: '9000',
    }));
    expect(found([...bill(company()), ...lumps])).toEqual([]);
  });

  it('does not judge today or a last day that is not complete', () => {
    const facts = bill(company({ quantity: (day) => (day === 99 ? 50 : 1) }));
    expect(found(facts, asOfDay(99))).toEqual([]);
    const late = bill(company()).filter((fact) => fact.day < '2026-11-08' || fact.service === 'Queue');
    expect(detect(late, settings, asOfDay(100)).days).toBe(99);
  });

  it('scores only the window and respects the thresholds', () => {
    const facts = bill(company({ quantity: inEvent(20, 24) }));
    expect(found(facts)).toEqual([]);
    const wide = detect(facts, { ...settings, windowDays: 90 }, asOfDay(100)).anomalies;
    expect(wide).toHaveLength(1);
    const strict = { ...settings, windowDays: 90, minimumImpact: 5_000 };
    expect(detect(facts, strict, asOfDay(100)).anomalies).toEqual([]);
  });

  it('counts days without a fact as no cost, and bears an empty bill', () => {
    const holes = bill(company()).filter(
      (fact) => fact.service !== 'Queue' || Number(fact.day.slice(8)) % 3 === 0,
    );
    expect(found(holes)).toEqual([]);
    expect(detect([], settings, asOfDay(100))).toMatchObject({ anomalies: [], scopes: 0, days: 0 });
  });
});

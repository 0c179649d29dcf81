import { describe, expect, it } from '@jest/globals';
import { DEVELOPMENT, generateWorld } from './index.js';
import { alarms } from './testing/cost-detector.js';
import type { CostRow } from './index.js';

const NOW = Date.parse('2026-11-21T03:00:00Z');
const total = (rows: readonly CostRow[], of: (row: CostRow) => string = (row) => row.unblendedCost) =>
  rows.reduce((sum, row) => sum + Number(of(row)), 0);

describe.each([1, 2, 3, 4, 5])('the bill of seed %i', (seed) => {
  const world = generateWorld({ seed, now: NOW });
  const { costs, truth } = world;
  const usage = costs.filter((row) => row.recordType === 'Usage');

  it('covers the 120 full days before the moment, in order, in plain decimals', () => {
    const days = [...new Set(costs.map((row) => row.day))];
    expect(days).toEqual([...days].sort());
    expect([days.length, days[0], days.at(-1)]).toEqual([120, '2026-07-24', '2026-11-20']);
    const plain = ({ unblendedCost, amortizedCost }: CostRow): boolean =>
      /^\d+(\.\d+)? \d+(\.\d+)?$/.test(`${unblendedCost} ${amortizedCost}`);
    expect(costs.filter((row) => !plain(row))).toEqual([]);
  });

  it('adds up to the bill of a middle-sized company each month', () => {
    for (const month of ['2026-08', '2026-09', '2026-10']) {
      const sum = total(costs.filter((row) => row.day.startsWith(month)));
      expect(sum).toBeGreaterThan(60_000);
      expect(sum).toBeLessThan(120_000);
    }
  });

  it('charges running machines their list price and covered ones less when amortized', () => {
    const day = usage.filter(
      (row) => row.day === '2026-11-18' && row.usageType.endsWith('BoxUsage:m5.large'),
    );
    for (const row of day) {
      const running = [...world.instances.values()].filter(
        (i) =>
          i.state === 'running' &&
          i.instanceType === 'm5.large' &&
          i.accountId === row.accountId &&
          i.region === row.region,
      );
      const price = Number(world.prices.find((item) => item.usageType === row.usageType)?.usd);
      expect(Number(row.unblendedCost) / (running.length * 24 * price)).toBeCloseTo(1, 1);
      expect(Number(row.unblendedCost) / row.usageQuantity).toBeCloseTo(price, 6);
      const rate = Number(row.amortizedCost) / Number(row.unblendedCost);
      expect(rate).toBeCloseTo(row.accountId === DEVELOPMENT.id ? 1 : 0.7, 4);
    }
    expect(day.length).toBeGreaterThan(2);
  });

  it('has tax on the first day of a month only, and nothing else that jumps there', () => {
    const tax = costs.filter((row) => row.recordType === 'Tax');
    expect(tax).toHaveLength(8);
    expect(tax.every((row) => row.day.endsWith('-01') && Number(row.unblendedCost) > 0)).toBe(true);
  });

  it('plants one spike, one level shift and one drift, with their extra cost', () => {
    expect(truth.anomalies.map((anomaly) => anomaly.kind)).toEqual(['spike', 'level-shift', 'drift']);
    for (const anomaly of truth.anomalies) {
      const line = usage.filter(
        (row) =>
          row.accountId === anomaly.accountId &&
          row.region === anomaly.region &&
          row.service === anomaly.service &&
          row.usageType === anomaly.usageType,
      );
      const inside = line.filter((row) => row.day >= anomaly.start && row.day <= anomaly.end);
      const before = line.filter((row) => row.day < anomaly.start);
      const usual = total(before) / before.length;
      expect((total(inside) - usual * inside.length) / anomaly.extraUsd).toBeGreaterThan(0.8);
      expect((total(inside) - usual * inside.length) / anomaly.extraUsd).toBeLessThan(1.2);
      expect(inside.length).toBe({ spike: inside.length, 'level-shift': 6, drift: 10 }[anomaly.kind]);
    }
  });

  it('shows a robust seasonal detector every anomaly and nothing else in 60 days', () => {
    const found = alarms(usage, 60);
    const hit = (alarm: (typeof found)[number]) =>
      truth.anomalies.findIndex(
        (anomaly) =>
          alarm.accountId === anomaly.accountId &&
          alarm.service === anomaly.service &&
          alarm.day >= anomaly.start &&
          alarm.day <= anomaly.end,
      );
    expect(found.filter((alarm) => hit(alarm) < 0)).toEqual([]);
    expect(new Set(found.map(hit)).size).toBe(3);
    expect(found.filter((alarm) => hit(alarm) === 1)).toHaveLength(6);
  });

  it('sets a budget for development that the month will exceed', () => {
    const month = usage.filter((row) => row.accountId === DEVELOPMENT.id && row.day.startsWith('2026-11'));
    const limit = Number(truth.budget.monthlyLimitUsd);
    const runRate = (total(month) / 20) * 30;
    expect(truth.budget).toMatchObject({ accountId: DEVELOPMENT.id, willExceed: true });
    expect(runRate / limit).toBeGreaterThan(1.05);
    expect(total(month.filter((row) => row.day <= '2026-11-10'))).toBeLessThan(limit);
  });
});

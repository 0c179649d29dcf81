import type { CostRow } from '../world.js';

export interface Alarm {
  readonly accountId: string;
  readonly service: string;
  readonly day: string;
}

/**
 * A plain robust seasonal detector on (account, service): log cost against the median and MAD of the same weekday of
 * the eight weeks before; an alarm needs |z| ≥ 4 and a difference of at least $50 and 10 %.
 */
export function alarms(rows: readonly CostRow[], lastDays: number): Alarm[] {
  const found: Alarm[] = [];
  for (const [key, byDay] of series(rows)) {
    const [accountId = '', service = ''] = key.split('|');
    const days = [...byDay.keys()].sort();
    const values = days.map((day) => byDay.get(day) ?? 0);
    for (let i = days.length - lastDays; i < days.length; i += 1) {
      const history = [7, 14, 21, 28, 35, 42, 49, 56].flatMap((lag) => values[i - lag] ?? []);
      if (isOdd(values[i] ?? 0, history)) found.push({ accountId, service, day: days[i] ?? '' });
    }
  }
  return found;
}

function series(rows: readonly CostRow[]): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const key = `${row.accountId}|${row.service}`;
    const days = all.get(key) ?? new Map<string, number>();
    days.set(row.day, (days.get(row.day) ?? 0) + Number(row.unblendedCost));
    all.set(key, days);
  }
  return all;
}

function isOdd(value: number, history: readonly number[]): boolean {
  const logs = history.map((item) => Math.log(item));
  const middle = median(logs);
  const spread = 1.4826 * median(logs.map((item) => Math.abs(item - middle)));
  const difference = Math.abs(value - Math.exp(middle));
  const z = Math.abs(Math.log(value) - middle) / (spread + 0.005);
  return z >= 4 && difference >= Math.max(50, 0.1 * Math.exp(middle));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.floor(half - 0.5)] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}

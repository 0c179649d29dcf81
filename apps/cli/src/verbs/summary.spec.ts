import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { DemoResult, RunDetail } from '@trimtab/contracts';
import { summaryText } from './summary.js';
import type { Highlights } from './summary.js';

const usd = (amount: string) => ({ amount, currency: 'USD' });
const run = { workflow: 'optimize', status: 'COMPLETED', durationMs: 12_000, error: null } as RunDetail;
const result: DemoResult = {
  run: { id: 'r1', status: 'COMPLETED', durationMs: 12_000, tasks: {} },
  inventory: { accounts: 2, regions: 3, services: 7, resources: 668 },
  coverage: { scanned: 40, failed: 0 },
  recommendations: {
    count: 3,
    monthlySavings: '1500.50',
    currency: 'USD',
    byCheck: {
      'EBS-03': { count: 2, monthlySavings: usd('500.50') },
      'RDS-01': { count: 1, monthlySavings: usd('1000') },
    },
  },
  anomalies: [],
  budgets: [],
  plan: { mode: 'dry-run', actions: 3 },
  reports: { html: 'http://gateway/report', markdown: null, json: null },
};
const titles = new Map([['RDS-01', 'Stop the idle database']]);
const shown: Highlights = { spend: null, top: [], titles };
const textOf = (over: Partial<DemoResult> = {}): string =>
  stripVTControlCharacters(summaryText({ ...result, ...over }, run, shown));

describe('the summary of a run', () => {
  it('says what was scanned, found and planned, the largest savings first', () => {
    const text = textOf();
    expect(text).toMatch(/optimize COMPLETED in 12\.0 s/);
    expect(text).toMatch(/668 resources in 2 accounts, 3 regions, 7 services/);
    expect(text).toMatch(/\$1,500\.50 a month in 3 recommendations/);
    expect(text).toMatch(/3 actions \(dry-run\)/);
    expect(text).toMatch(/RDS-01 +1 +\$1,000\.00 +Stop the idle database\n.*EBS-03 +2 +\$500\.50/);
    expect(text).toContain('http://gateway/report');
  });

  it('says that nothing was found', () => {
    const none = { count: 0, monthlySavings: '0', currency: 'USD', byCheck: {} };
    expect(textOf({ recommendations: none, reports: { html: null, markdown: null, json: null } })).toMatch(
      /no waste found[^]*reports +none/,
    );
  });
});

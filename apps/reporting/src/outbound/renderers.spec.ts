import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CostFact, Recommendation, TaskInput } from '@trimtab/contracts';
import { utcDay } from '@trimtab/kernel';
import { summarise } from '../domain/summary.js';
import { HtmlRenderer } from './html.renderer.js';
import { JsonRenderer } from './json.renderer.js';
import { MarkdownRenderer } from './markdown.renderer.js';

const usd = (amount: string) => ({ amount, currency: 'USD' });
const START = Date.parse('2026-08-01T00:00:00Z');

const costs: CostFact[] = Array.from({ length: 100 }, (_, i) => ({
  day: utcDay(new Date(START + i * 86_400_000)),
  accountId: '111122223333',
  region: 'us-east-1',
  service: i % 2 ? 'AWS Lambda' : 'Amazon Elastic Compute Cloud - Compute',
  usageType: 'BoxUsage:m5.large',
  chargeCategory: 'Usage',
  billedCost: '100',
  effectiveCost: '100.10',
  listCost: null,
  consumedQuantity: '1',
  consumedUnit: 'Hrs',
  currency: 'USD',
}));

const recommendation = (id: string, net: string): Recommendation => ({
  id: `EBS-02:${id}`,
  checkId: 'EBS-02',
  title: 'Change the gp2 volume to gp3',
  resource: {
    arn: id,
    id,
    type: 'ec2:volume',
    accountId: '111122223333',
    region: 'us-east-1',
    name: '<script>alert(1)</script>',
    tags: {},
  },
  action: { kind: 'ebs.modify-volume', parameters: {} },
  risk: 'L',
  monthlySavingsList: usd(net),
  monthlySavingsNet: usd(net),
  rateSource: 'bill',
  formula: '+ 100 GB-Mo × 0.1',
  evidence: [{ kind: 'attribute', name: 'volume type', value: 'gp2' }],
  confidence: 'high',
  notes: [],
  supersedes: [],
});

const input: TaskInput<'reporting.compile'> = {
  runId: 'run-1',
  mode: 'dry-run',
  coverage: [
    {
      accountId: '111122223333',
      region: 'us-east-1',
      service: 'ec2',
      status: 'scanned',
      resources: 3,
      calls: 2,
      scannedAt: '2026-11-09T00:00:00Z',
    },
    {
      accountId: '111122223333',
      region: 'us-east-1',
      service: 'rds',
      status: 'failed',
      resources: 0,
      calls: 1,
      scannedAt: '2026-11-09T00:00:00Z',
      error: { code: 'cloud.access-denied', message: 'rds:DescribeDBInstances is denied', retry: 'never' },
    },
  ],
  resourceCounts: { ec2: 3 },
  costs: null,
  recommendations: null,
  anomalies: [
    {
      id: 'a-1',
      scope: { accountId: '111122223333', service: 'AWS Lambda' },
      kind: 'spike',
      status: 'open',
      severity: 'high',
      period: { start: '2026-11-01', end: '2026-11-03' },
      expected: usd('10'),
      actual: usd('510'),
      impact: usd('500'),
      score: 9,
      cause: [
        {
          dimensions: { region: 'us-east-1', usageType: 'Lambda-GB-Second' },
          share: 0.97,
          impact: usd('485'),
        },
      ],
    },
  ],
  budgets: [
    {
      id: 'all',
      name: 'all',
      parent: null,
      period: { start: '2026-11-01', end: '2026-12-01' },
      limit: usd('2000'),
      actual: usd('900'),
      forecast: usd('3000'),
      forecastLow: usd('2800'),
      forecastHigh: usd('3200'),
      probabilityToExceed: 1,
      burnRate: 1.5,
      crossed: null,
      status: 'forecast-exceeded',
    },
  ],
  plan: null,
  results: null,
  failedTasks: [],
  asOf: '2026-11-09T00:00:00Z',
};

const summary = summarise({
  input,
  costs,
  recommendations: [recommendation('vol-1', '1234.50'), recommendation('vol-2', '2.25')],
  plan: null,
  results: [],
});

describe('a report', () => {
  it('sums exactly and compares with the month before', () => {
    expect(summary.savings.net).toEqual(usd('1236.75'));
    expect(summary.spend?.last30).toEqual(usd('3003'));
    expect(summary.spend?.change).toEqual(usd('0'));
    expect(summary.savings.share).toBeCloseTo(1236.75 / 3003);
  });

  it('says what to decide', () => {
    expect(summary.decisions).toEqual(['anomaly:a-1', 'budget:all', 'coverage']);
  });

  it('as HTML is one document that fetches nothing and runs nothing', () => {
    const html = new HtmlRenderer().render(summary);
    if (process.env['REPORT_OUT']) writeFileSync(process.env['REPORT_OUT'], html);
    expect(html).not.toMatch(/<script|<link|src=|@import|url\((?!#)/);
    expect(html.match(/<svg /g)).toHaveLength(1);
    expect(html).toContain('$1,236.75');
    expect(html).toContain('us-east-1 / Lambda-GB-Second (97.0 % of it)');
    expect(html).toContain('<code>trimtab doctor</code>');
    expect(html).not.toMatch(/undefined|\[object/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).toContain('rds:DescribeDBInstances is denied');
  });

  it('as Markdown is a page with tables whose cells cannot break them', () => {
    const text = new MarkdownRenderer().render(summary);
    expect(text).toContain('- **Waste found:** $1,236.75 a month net');
    expect(text).toContain('| EBS-02 | Change the gp2 volume to gp3 | vol-1 |');
    expect(text).toContain('will exceed its limit');
  });

  it('as JSON carries money as decimal strings', () => {
    const parsed = JSON.parse(new JsonRenderer().render(summary)) as typeof summary;
    expect(parsed.savings.net).toEqual(usd('1236.75'));
  });

  it('without costs, findings or budgets still says so', () => {
    const empty = summarise({
      input: { ...input, coverage: [], anomalies: [], budgets: [] },
      costs: [],
      recommendations: [],
      plan: null,
      results: [],
    });
    expect(new MarkdownRenderer().render(empty)).toContain('No waste was found.');
    expect(new HtmlRenderer().render(empty)).toContain('Nothing waits for a decision.');
  });
});

import { describe, expect, it } from '@jest/globals';
import { Settings } from '@trimtab/contracts';
import type { Resource } from '@trimtab/contracts';
import { BillRates } from '../../apps/analysis/src/domain/bill-rates.js';
import { AS_OF, instance } from '../../apps/analysis/src/domain/checks/fixtures.js';
import { catalogue } from '../../apps/analysis/src/domain/checks/index.js';
import type { Check } from '../../apps/analysis/src/domain/check.js';
import { Facts } from '../../apps/analysis/src/domain/facts.js';
import { PriceBook } from '../../apps/analysis/src/domain/price-book.js';
import { recommend } from '../../apps/analysis/src/domain/recommend.js';
import { detailedMonitoring } from './detailed-monitoring.js';

const metricPrice = {
  serviceCode: 'AmazonCloudWatch',
  region: 'us-east-1',
  sku: 'metric',
  productFamily: 'Metric',
  usageType: 'CW:MetricMonitorUsage',
  attributes: {},
  unit: 'Metrics',
  price: '0.30',
  currency: 'USD',
  effectiveDate: '2026-01-01',
};
const cloud = { accounts: [{ id: '1', name: 'a' }], regions: ['us-east-1'] };

function judged(resource: Resource, prices = [metricPrice], thresholds = {}) {
  const facts = new Facts(AS_OF, new PriceBook(prices), new BillRates('USD', [], AS_OF), [resource], []);
  const { optimization } = Settings.parse({ cloud, optimization: { thresholds } });
  return recommend([detailedMonitoring as unknown as Check], facts, optimization);
}
const development = { tags: { environment: 'development' }, detailedMonitoring: true };

describe('detailed monitoring outside production (EC2-11)', () => {
  it('is found with what its seven metrics cost', () => {
    expect(judged(instance(development)).recommendations).toMatchObject([
      {
        checkId: 'EC2-11',
        risk: 'X',
        monthlySavingsNet: { amount: '2.10', currency: 'USD' },
        rateSource: 'list',
      },
    ]);
  });

  it('is none in production, and none when it is off', () => {
    expect(judged(instance({ ...development, tags: { env: 'Production' } })).recommendations).toEqual([]);
    expect(judged(instance({ ...development, detailedMonitoring: false }))).toEqual({
      recommendations: [],
      undecided: [],
    });
  });

  it('is undecided when a fact is missing', () => {
    const reasons = [judged(instance({ ...development, tags: {} })), judged(instance(development), [])];
    expect(reasons.map(({ undecided }) => undecided[0]?.reason)).toEqual([
      'no tag says which environment the instance is of',
      'no list price of a CloudWatch metric',
    ]);
  });

  it('takes its threshold from the configuration', () => {
    const [one] = judged(instance(development), [metricPrice], { 'EC2-11': { metrics: 10 } }).recommendations;
    expect(one?.monthlySavingsNet.amount).toBe('3.00');
  });

  it('has an id that no shipped check has', () => {
    expect(catalogue.map(({ id }) => id)).not.toContain(detailedMonitoring.id);
  });
});

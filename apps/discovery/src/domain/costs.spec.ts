import { describe, expect, it } from '@jest/globals';
import type { CostFact } from '@trimtab/contracts';
import fc from 'fast-check';
import { chargeCategoryOf, factOf, FactSummary, saysNothing } from './cost-facts.js';
import { costImportedEvents, DailyFacts } from './cost-pages.js';
import { csvFields, RecordLines } from './csv.js';
import { instanceTypeSpec, priceEntries, priceQueries } from './price-queries.js';
import { columnsOf, focusVersion } from './focus.js';

const fact = (given: Partial<CostFact> = {}): CostFact => ({
  day: '2026-11-01',
  accountId: '1',
  region: 'eu-west-1',
  service: 'Amazon EC2',
  usageType: 'BoxUsage',
  chargeCategory: 'Usage',
  billedCost: '0.1',
  effectiveCost: '0.2',
  listCost: null,
  consumedQuantity: '1',
  consumedUnit: 'Hrs',
  currency: 'USD',
  ...given,
});

describe('facts of Cost Explorer', () => {
  it.each([
    ['Usage', 'Usage'],
    ['DiscountedUsage', 'Usage'],
    ['SavingsPlanCoveredUsage', 'Usage'],
    ['SavingsPlanNegation', 'Usage'],
    ['Enterprise Discount Program Discount', 'Usage'],
    ['SavingsPlanRecurringFee', 'Purchase'],
    ['RIFee', 'Purchase'],
    ['Tax', 'Tax'],
    ['Credit', 'Credit'],
    ['Refund', 'Adjustment'],
    ['Something new', 'Adjustment'],
  ])('%s is charged as %s', (recordType, category) => expect(chargeCategoryOf(recordType)).toBe(category));

  it('keep every digit, also of an exponent', () => {
    const amounts = {
      UnblendedCost: { amount: '1.23E-9', unit: 'USD' },
      AmortizedCost: { amount: '0.10000000000000000001', unit: 'USD' },
      UsageQuantity: { amount: '5', unit: 'N/A' },
    };
    const cell = { day: '2026-11-01', keys: ['S', 'U'], amounts, estimated: false };
    expect(factOf({ accountId: '1', region: 'NoRegion', recordType: 'Usage' }, cell)).toMatchObject({
      billedCost: '0.00000000123',
      effectiveCost: '0.10000000000000000001',
      consumedQuantity: '5',
      consumedUnit: null,
      region: 'global',
    });
  });

  it('say nothing without cost and usage, and something with either', () => {
    expect(saysNothing(fact({ billedCost: '0', effectiveCost: '0.000', consumedQuantity: null }))).toBe(true);
    expect(saysNothing(fact({ billedCost: '0', effectiveCost: '0', consumedQuantity: '2' }))).toBe(false);
  });
});

describe('sums of costs', () => {
  const cents = fc.integer({ min: -1_000_000, max: 1_000_000 });
  const facts = fc.array(fc.tuple(cents, fc.constantFrom('USD', 'EUR'), fc.constantFrom('A', 'B')), {
    maxLength: 60,
  });

  it('are exact and apart by currency, in the summary and in the daily facts alike', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const summary = new FactSummary();
        const daily = new DailyFacts();
        for (const [amount, currency, service] of given) {
          const one = fact({ billedCost: (amount / 100).toFixed(2), currency, service });
          summary.add(one);
          daily.add(one);
        }
        for (const { currency, billedCost } of summary.totals()) {
          const expected = given
            .filter((one) => one[1] === currency)
            .reduce((sum, [amount]) => sum + amount, 0);
          expect(Math.round(Number(billedCost) * 100)).toBe(expected);
          const byDay = daily.all().filter((one) => one.currency === currency);
          expect(Math.round(byDay.reduce((sum, one) => sum + Number(one.billedCost), 0) * 100)).toBe(
            expected,
          );
        }
      }),
    );
  });

  it('travel in pages below 256 KB that together hold every fact once', () => {
    const daily = new DailyFacts();
    for (let i = 0; i < 6_000; i += 1)
      daily.add(fact({ service: `Service ${i}`, day: `2026-10-${10 + (i % 20)}` }));
    const head = {
      source: 'imported',
      firstDay: '2026-10-10',
      lastDay: '2026-10-29',
      rows: 6_000,
      totals: [],
    };
    const events = costImportedEvents(head, daily.all());
    expect(events.length).toBeGreaterThan(1);
    for (const event of events) expect(JSON.stringify(event).length).toBeLessThan(256 * 1024);
    expect(events.map(({ data }) => [data.page, data.pages])).toEqual(
      events.map((_, i) => [i + 1, events.length]),
    );
    expect(events.flatMap(({ data }) => data.facts)).toEqual(daily.all());
  });
});

describe('CSV records', () => {
  it('hold quoted commas, quotes and empty fields', () => {
    expect(csvFields('a,"b, c","d ""e""",,f')).toEqual(['a', 'b, c', 'd "e"', '', 'f']);
  });

  it('are found on their line, whatever the pieces they come in', () => {
    const field = fc.constantFrom('x', '"a\nb"', '"q""\n\n"', '1');
    const record = fc.array(field, { minLength: 1, maxLength: 4 }).map((fields) => fields.join(','));
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 7 }),
        (records, size) => {
          const bytes = Buffer.from(records.join('\n'));
          records.forEach((_, wanted) => {
            const lines = new RecordLines(wanted);
            for (let at = 0; at < bytes.length; at += size) lines.feed(bytes.subarray(at, at + size));
            expect(lines.line).toBe(
              records.slice(0, wanted).join('\n').split('\n').length + (wanted > 0 ? 1 : 0),
            );
          });
        },
      ),
    );
  });
});

describe('FOCUS versions', () => {
  const base = ['BilledCost', 'EffectiveCost', 'BillingCurrency', 'BillingAccountId', 'BillingPeriodStart'];
  const rest = ['BillingPeriodEnd', 'ChargePeriodStart', 'ChargeCategory', 'ServiceName'];

  it('are told by their columns, and the provider is read from the newest name', () => {
    const old = [...base, ...rest, 'ProviderName', 'PublisherName'];
    const both = [...old, 'ServiceProviderName'];
    expect(columnsOf(old).get('provider')).toBe('ProviderName');
    expect(columnsOf(both).get('provider')).toBe('ServiceProviderName');
    expect([old, both, [...base, ...rest, 'ServiceProviderName']].map(focusVersion)).toEqual([
      '1.0',
      '1.3',
      '1.4',
    ]);
    expect(() => columnsOf([...base, ...rest])).toThrow('ServiceProviderName');
  });
});

describe('prices', () => {
  it('are asked for once per service and always for the region', () => {
    const asked = priceQueries(['ebs', 'ebs', 's3'], 'eu-west-1');
    expect(asked).toHaveLength(5);
    expect(asked.every(({ filters }) => filters.regionCode === 'eu-west-1')).toBe(true);
  });

  it('have one entry per tier that costs something', () => {
    const tier = (beginRange: string, price: string) => ({
      unit: 'GB',
      price,
      currency: 'USD',
      effectiveDate: 'd',
      beginRange,
    });
    const product = {
      serviceCode: 'AmazonS3',
      sku: 's',
      productFamily: 'Storage',
      attributes: { usagetype: 'EU-TimedStorage-ByteHrs', volumeType: 'Standard', location: 'EU (Ireland)' },
      prices: [tier('51200', '0.0220000000'), tier('0', '0.0230'), tier('9', '0.0000000000')],
    };
    expect(priceEntries(product, 'eu-west-1')).toMatchObject([
      {
        price: '0.023',
        usageType: 'EU-TimedStorage-ByteHrs',
        attributes: { beginRange: '0', volumeType: 'Standard' },
      },
      { price: '0.022', attributes: { beginRange: '51200' } },
    ]);
  });

  it('leave out instance types of architectures that are not sized', () => {
    const type = {
      instanceType: 'mac1.metal',
      architectures: ['x86_64_mac'],
      vcpu: 1,
      memoryMiB: 1,
      clockGHz: 3,
      currentGeneration: true,
      burstable: false,
      hypervisor: '',
      networkBaselineMbps: 0,
      ebsBaselineMbps: 0,
      ebsBaselineIops: 0,
    };
    expect(instanceTypeSpec(type)).toBeUndefined();
    expect(instanceTypeSpec({ ...type, architectures: ['i386', 'x86_64'] })?.architecture).toBe('x86_64');
  });
});

import * as ce from '@aws-sdk/client-cost-explorer';
import * as pricing from '@aws-sdk/client-pricing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Big from 'big.js';
import type { CloudSim } from '../src/index.js';
import type { CostRow } from '../src/world/index.js';
import { clientConfig, development, production, refusal, startSim } from './sim.js';

let sim: CloudSim;
let client: ce.CostExplorerClient;
const place = { accountId: production, region: 'us-east-1' };
beforeAll(async () => {
  sim = await startSim();
  client = new ce.CostExplorerClient(clientConfig(sim, place));
});
afterAll(() => sim.close());

const total = (
  rows: Iterable<CostRow>,
  read: (row: CostRow) => string = (row) => row.unblendedCost,
): string => {
  let sum = new Big(0);
  for (const row of rows) sum = sum.plus(read(row));
  return sum.toFixed();
};

const october = { Start: '2026-10-01', End: '2026-11-01' };
const inOctober = () => sim.world.costs.filter((row) => row.day >= october.Start && row.day < october.End);

async function all(input: ce.GetCostAndUsageCommandInput): Promise<ce.ResultByTime[]> {
  const results: ce.ResultByTime[] = [];
  let NextPageToken: string | undefined;
  do {
    const page = await client.send(new ce.GetCostAndUsageCommand({ ...input, NextPageToken }));
    results.push(...(page.ResultsByTime ?? []));
    ({ NextPageToken } = page);
  } while (NextPageToken);
  return results;
}

describe('Cost Explorer', () => {
  it('a month is the exact sum of its days, and a closed month is not estimated', async () => {
    const Metrics = ['UnblendedCost', 'AmortizedCost'];
    const [month] = await all({ TimePeriod: october, Granularity: 'MONTHLY', Metrics });
    expect(month?.Total?.['UnblendedCost']).toEqual({ Amount: total(inOctober()), Unit: 'USD' });
    expect(month?.Total?.['AmortizedCost']?.Amount).toBe(total(inOctober(), (row) => row.amortizedCost));
    expect(month?.Estimated).toBe(false);
    const days = await all({ TimePeriod: october, Granularity: 'DAILY', Metrics });
    expect(days).toHaveLength(31);
    const sum = days.reduce(
      (sum, day) => sum.plus(day.Total?.['UnblendedCost']?.Amount ?? 'NaN'),
      new Big(0),
    );
    expect(sum.toFixed()).toBe(total(inOctober()));
  });

  it('months are cut at calendar borders and the running one is estimated', async () => {
    const TimePeriod = { Start: '2026-09-15', End: '2026-11-10' };
    const months = await all({ TimePeriod, Granularity: 'MONTHLY', Metrics: ['UnblendedCost'] });
    expect(months.map((month) => [month.TimePeriod?.Start, month.TimePeriod?.End, month.Estimated])).toEqual([
      ['2026-09-15', '2026-10-01', false],
      ['2026-10-01', '2026-11-01', false],
      ['2026-11-01', '2026-11-10', true],
    ]);
  });

  it('two groupings over several pages give every row of the bill', async () => {
    const GroupBy: ce.GroupDefinition[] = [
      { Type: 'DIMENSION', Key: 'SERVICE' },
      { Type: 'DIMENSION', Key: 'USAGE_TYPE' },
    ];
    const input = {
      TimePeriod: october,
      Granularity: 'DAILY' as const,
      Metrics: ['UnblendedCost', 'UsageQuantity'],
      GroupBy,
    };
    const first = await client.send(new ce.GetCostAndUsageCommand(input));
    expect(first.NextPageToken).toBeDefined();
    const groups = (await all(input)).flatMap((day) =>
      (day.Groups ?? []).map((group) => ({ day: day.TimePeriod?.Start, ...group })),
    );
    expect(new Set(groups.map((group) => `${group.day} ${group.Keys?.join(' ')}`)).size).toBe(groups.length);
    const sum = groups.reduce(
      (sum, group) => sum.plus(group.Metrics?.['UnblendedCost']?.Amount ?? 'NaN'),
      new Big(0),
    );
    expect(sum.toFixed()).toBe(total(inOctober()));
  });

  it('filters combine And, Or and Not', async () => {
    const not = (Key: ce.Dimension, Values: string[]): ce.Expression => ({
      Not: { Dimensions: { Key, Values } },
    });
    const Filter: ce.Expression = {
      And: [
        not('RECORD_TYPE', ['Tax', 'Credit']),
        {
          Or: [
            { Dimensions: { Key: 'REGION', Values: ['us-east-1'] } },
            { Dimensions: { Key: 'USAGE_TYPE', Values: ['USW2-'], MatchOptions: ['STARTS_WITH'] } },
          ],
        },
      ],
    };
    const [month] = await all({
      TimePeriod: october,
      Granularity: 'MONTHLY',
      Metrics: ['UnblendedCost'],
      Filter,
    });
    const rows = inOctober().filter(
      (row) =>
        row.recordType !== 'Tax' &&
        row.recordType !== 'Credit' &&
        (row.region === 'us-east-1' || row.usageType.startsWith('USW2-')),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(inOctober().length);
    expect(month?.Total?.['UnblendedCost']?.Amount).toBe(total(rows));
  });

  it('a member account sees its own bill only', async () => {
    const member = new ce.CostExplorerClient(clientConfig(sim, { ...place, accountId: development }));
    const ask = { TimePeriod: october, Granularity: 'MONTHLY' as const, Metrics: ['UnblendedCost'] };
    const { ResultsByTime } = await member.send(new ce.GetCostAndUsageCommand(ask));
    const own = inOctober().filter((row) => row.accountId === development);
    expect(ResultsByTime?.[0]?.Total?.['UnblendedCost']?.Amount).toBe(total(own));
    const accounts = await client.send(
      new ce.GetDimensionValuesCommand({ TimePeriod: october, Dimension: 'LINKED_ACCOUNT' }),
    );
    expect(
      accounts.DimensionValues?.map((value) => [value.Value, value.Attributes?.['description']]),
    ).toEqual(sim.world.accounts.map((account) => [account.id, account.name]));
  });

  it('impossible questions are refused', async () => {
    const ask = (input: Partial<ce.GetCostAndUsageCommandInput>) =>
      refusal(
        client.send(
          new ce.GetCostAndUsageCommand({
            TimePeriod: october,
            Granularity: 'DAILY',
            Metrics: ['UnblendedCost'],
            ...input,
          }),
        ),
      );
    expect((await ask({ TimePeriod: { Start: october.End, End: october.Start } })).name).toBe(
      'ValidationException',
    );
    expect((await ask({ Granularity: 'HOURLY' })).name).toBe('ValidationException');
    expect((await ask({ Metrics: ['Happiness'] })).name).toBe('ValidationException');
    expect((await ask({ NextPageToken: 'x' })).name).toBe('InvalidNextTokenException');
  });
});

describe('Pricing', () => {
  it('finds the hourly price of an instance type in AWS’s shape', async () => {
    const prices = new pricing.PricingClient(clientConfig(sim, place));
    const match = (Field: string, Value: string): pricing.Filter => ({ Type: 'TERM_MATCH', Field, Value });
    const Filters = [
      match('instanceType', 'm5.large'),
      match('regionCode', 'us-east-1'),
      match('operatingSystem', 'Linux'),
      match('tenancy', 'Shared'),
    ];
    const { PriceList = [] } = await prices.send(
      new pricing.GetProductsCommand({ ServiceCode: 'AmazonEC2', Filters }),
    );
    expect(PriceList).toHaveLength(1);
    const product = JSON.parse(String(PriceList[0])) as {
      product: { sku: string; attributes: Record<string, string> };
      terms: {
        OnDemand: Record<
          string,
          { priceDimensions: Record<string, { unit: string; pricePerUnit: { USD: string } }> }
        >;
      };
    };
    expect(product.product.attributes).toMatchObject({ instanceType: 'm5.large', regionCode: 'us-east-1' });
    const [term] = Object.values(product.terms.OnDemand);
    const [dimension] = Object.values(term?.priceDimensions ?? {});
    const truth = sim.world.prices.find(
      (price) => price.region === 'us-east-1' && price.usageType === 'BoxUsage:m5.large',
    );
    expect(dimension).toMatchObject({ unit: 'Hrs', pricePerUnit: { USD: truth?.usd } });
  });

  it('pages give every product of a service once', async () => {
    const prices = new pricing.PricingClient(clientConfig(sim, place));
    const skus: string[] = [];
    for await (const page of pricing.paginateGetProducts({ client: prices }, { ServiceCode: 'AmazonEC2' })) {
      skus.push(
        ...(page.PriceList ?? []).map(
          (text: unknown) => (JSON.parse(String(text)) as { product: { sku: string } }).product.sku,
        ),
      );
    }
    expect(skus).toHaveLength(sim.world.prices.filter((price) => price.service === 'AmazonEC2').length);
    expect(new Set(skus).size).toBe(skus.length);
    const { Services = [] } = await prices.send(new pricing.DescribeServicesCommand({}));
    expect(Services.map((service) => service.ServiceCode)).toContain('AmazonEC2');
    const unknown = prices.send(new pricing.GetProductsCommand({ ServiceCode: 'Nothing' }));
    expect((await refusal(unknown)).name).toBe('InvalidParameterException');
  });
});

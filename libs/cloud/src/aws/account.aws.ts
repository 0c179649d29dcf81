import type { Event } from '@aws-sdk/client-cloudtrail';
import type { Expression, ResultByTime } from '@aws-sdk/client-cost-explorer';
import type { ChangeEvent, ChangeLookup, CostCell, CostQuery, PricedProduct } from '../ports/account.port.js';
import { ChangeTrail, CostExplorer, Identity, PriceList } from '../ports/account.port.js';
import type { AwsCaller } from './caller.js';
import { pricedProduct } from './price-list.mapping.js';

/** CloudTrail's event history. */
export class AwsChangeTrail extends ChangeTrail {
  constructor(private readonly aws: AwsCaller) {
    super();
  }

  override async *lookup({ by, value, since, until }: ChangeLookup): AsyncIterable<ChangeEvent> {
    const input = {
      LookupAttributes: [
        {
          AttributeKey: by === 'resource' ? ('ResourceName' as const) : ('EventName' as const),
          AttributeValue: value,
        },
      ],
      StartTime: new Date(since),
      EndTime: new Date(until),
      MaxResults: 50,
    };
    const pages = this.aws.pages(
      'cloudtrail',
      (sdk, NextToken) => new sdk.LookupEventsCommand({ ...input, NextToken }),
      (page) => page.NextToken,
    );
    for await (const { Events } of pages) for (const event of Events ?? []) yield changeEvent(event);
  }
}

const changeEvent = (event: Event): ChangeEvent => ({
  id: event.EventId ?? '',
  name: event.EventName ?? '',
  at: (event.EventTime ?? new Date(0)).toISOString(),
  username: event.Username,
  resources: (event.Resources ?? []).map((resource) => resource.ResourceName ?? ''),
});

/** The Price List Query API, which AWS serves in few regions: the scope's region must be one of them. */
export class AwsPriceList extends PriceList {
  constructor(private readonly aws: AwsCaller) {
    super();
  }

  override async *products(
    serviceCode: string,
    filters: Readonly<Record<string, string>>,
  ): AsyncIterable<PricedProduct> {
    const Filters = Object.entries(filters).map(([Field, Value]) => ({
      Type: 'TERM_MATCH' as const,
      Field,
      Value,
    }));
    const pages = this.aws.pages(
      'pricing',
      (sdk, NextToken) =>
        new sdk.GetProductsCommand({ ServiceCode: serviceCode, Filters, NextToken, FormatVersion: 'aws_v1' }),
      (page) => page.NextToken,
    );
    for await (const { PriceList: texts } of pages) {
      for (const text of texts ?? []) yield pricedProduct(serviceCode, String(text));
    }
  }
}

/** Cost Explorer's GetCostAndUsage and GetDimensionValues. */
export class AwsCostExplorer extends CostExplorer {
  constructor(private readonly aws: AwsCaller) {
    super();
  }

  override async *daily(query: CostQuery): AsyncIterable<CostCell> {
    const input = {
      TimePeriod: { Start: query.start, End: query.end },
      Granularity: 'DAILY' as const,
      Metrics: [...query.metrics],
      GroupBy: query.groupBy.map((Key) => ({ Type: 'DIMENSION' as const, Key })),
      Filter: filterOf(query.filter),
    };
    const pages = this.aws.pages(
      'cost-explorer',
      (sdk, NextPageToken) => new sdk.GetCostAndUsageCommand({ ...input, NextPageToken }),
      (page) => page.NextPageToken,
    );
    for await (const { ResultsByTime } of pages) for (const day of ResultsByTime ?? []) yield* cellsOf(day);
  }

  override async dimensionValues(dimension: string, start: string, end: string): Promise<string[]> {
    const values: string[] = [];
    const pages = this.aws.pages(
      'cost-explorer',
      (sdk, NextPageToken) =>
        new sdk.GetDimensionValuesCommand({
          TimePeriod: { Start: start, End: end },
          Dimension: dimension as 'REGION',
          NextPageToken,
        }),
      (page) => page.NextPageToken,
    );
    for await (const page of pages)
      values.push(...(page.DimensionValues ?? []).map(({ Value }) => Value ?? ''));
    return values;
  }
}

function filterOf(filter: CostQuery['filter']): Expression | undefined {
  const terms = Object.entries(filter).map(([Key, Values]) => ({
    Dimensions: { Key: Key as 'REGION', Values: [...Values] },
  }));
  return terms.length > 1 ? { And: terms } : terms[0];
}

function* cellsOf(day: ResultByTime): Iterable<CostCell> {
  for (const group of day.Groups ?? []) {
    const amounts = Object.entries(group.Metrics ?? {}).map(([name, value]) => [
      name,
      { amount: value.Amount ?? '0', unit: value.Unit ?? '' },
    ]);
    yield {
      day: day.TimePeriod?.Start ?? '',
      keys: group.Keys ?? [],
      amounts: Object.fromEntries(amounts) as CostCell['amounts'],
      estimated: day.Estimated ?? false,
    };
  }
}

/** Who the credentials are, and which regions they may use. */
export class AwsIdentity extends Identity {
  constructor(private readonly aws: AwsCaller) {
    super();
  }

  override async callerAccount(): Promise<string> {
    const { Account } = await this.aws.send('sts', (sdk) => new sdk.GetCallerIdentityCommand({}));
    return Account ?? '';
  }

  override async regions(): Promise<{ name: string; enabled: boolean }[]> {
    const { Regions } = await this.aws.send(
      'ec2',
      (sdk) => new sdk.DescribeRegionsCommand({ AllRegions: true }),
    );
    return (Regions ?? []).map(({ RegionName, OptInStatus }) => ({
      name: RegionName ?? '',
      enabled: OptInStatus !== 'not-opted-in',
    }));
  }
}

import type { CostCell, CostQuery, PricedProduct } from '../ports/account.port.js';
import { CostExplorer, Identity, PriceList } from '../ports/account.port.js';
import type { CloudScope } from '../ports/scope.js';
import type { MemoryWorld } from './memory-world.js';

export class MemoryPriceList extends PriceList {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {
    super();
  }

  override async *products(
    serviceCode: string,
    filters: Readonly<Record<string, string>>,
  ): AsyncIterable<PricedProduct> {
    const wanted = Object.entries(filters);
    const matches = (product: PricedProduct): boolean =>
      product.serviceCode === serviceCode &&
      wanted.every(([name, value]) =>
        name === 'productFamily' ? product.productFamily === value : product.attributes[name] === value,
      );
    yield* this.world.read(this.scope, 'pricing', 'GetProducts', () => this.world.products.filter(matches));
  }
}

/** Cells are kept by `<account> <region> <record type>`, and an account's or region's cells are those that have it. */
export class MemoryCostExplorer extends CostExplorer {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {
    super();
  }

  override async *daily({ filter, start, end }: CostQuery): AsyncIterable<CostCell> {
    const { LINKED_ACCOUNT: accounts, REGION: regions, RECORD_TYPE: types } = filter;
    const asked = (values: readonly string[] | undefined, value: string): boolean =>
      !values || values.includes(value);
    const cells = this.world.read(this.scope, 'cost-explorer', 'GetCostAndUsage', () => [
      ...this.world.costs,
    ]);
    for (const [key, found] of cells) {
      const [account = '', region = '', type = ''] = key.split(' ');
      if (!asked(accounts, account) || !asked(regions, region) || !asked(types, type)) continue;
      yield* found.filter(({ day }) => day >= start && day < end);
    }
  }

  override async dimensionValues(dimension: string): Promise<string[]> {
    const part = { LINKED_ACCOUNT: 0, REGION: 1, RECORD_TYPE: 2 }[dimension] ?? 0;
    const keys = this.world.read(this.scope, 'cost-explorer', 'GetDimensionValues', () => [
      ...this.world.costs.keys(),
    ]);
    return [...new Set(keys.map((key) => key.split(' ')[part] ?? ''))];
  }
}

export class MemoryIdentity extends Identity {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {
    super();
  }

  override async callerAccount(): Promise<string> {
    return this.world.read(this.scope, 'sts', 'GetCallerIdentity', () => this.scope.accountId);
  }

  override async regions(): Promise<{ name: string; enabled: boolean }[]> {
    return this.world.read(
      this.scope,
      'ec2',
      'DescribeRegions',
      () => this.world.regions.get(this.scope.accountId) ?? [],
    );
  }
}

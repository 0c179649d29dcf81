/** One management event of the account's history (CloudTrail, 90 days). */
export interface ChangeEvent {
  readonly id: string;
  readonly name: string;
  readonly at: string;
  readonly username?: string;
  readonly resources: readonly string[];
}

export interface ChangeLookup {
  /** Name of the resource (volume id, allocation id …) or of the event: AWS takes one of them. */
  readonly by: 'resource' | 'event';
  readonly value: string;
  readonly since: string;
  readonly until: string;
}

export abstract class ChangeTrail {
  /** Newest first. Two calls a second and region in AWS, which the adapter keeps to. */
  abstract lookup(lookup: ChangeLookup): AsyncIterable<ChangeEvent>;
}

/** An on-demand price dimension of a product. `price` is decimal text. */
export interface ListPrice {
  readonly unit: string;
  readonly price: string;
  readonly currency: string;
  readonly effectiveDate: string;
  /** Start of the tier in `unit`s; '0' for the first or only one. */
  readonly beginRange: string;
}

export interface PricedProduct {
  readonly serviceCode: string;
  readonly sku: string;
  readonly productFamily: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly prices: readonly ListPrice[];
}

export abstract class PriceList {
  /** Products of a service whose attributes equal all filters, for example `{ regionCode: 'us-east-1' }`. */
  abstract products(
    serviceCode: string,
    filters: Readonly<Record<string, string>>,
  ): AsyncIterable<PricedProduct>;
}

export interface CostQuery {
  /** Days, `YYYY-MM-DD`: inclusive start, exclusive end. */
  readonly start: string;
  readonly end: string;
  readonly metrics: readonly string[];
  /** At most two dimensions, as Cost Explorer allows. */
  readonly groupBy: readonly string[];
  /** All of them must hold: dimension → one of the values. */
  readonly filter: Readonly<Record<string, readonly string[]>>;
}

export interface CostCell {
  readonly day: string;
  /** Values of the grouped dimensions, in their order. */
  readonly keys: readonly string[];
  /** Metric name → exact decimal text as Cost Explorer gave it, and its unit. */
  readonly amounts: Readonly<Record<string, { readonly amount: string; readonly unit: string }>>;
  readonly estimated: boolean;
}

export abstract class CostExplorer {
  /** Daily cells. Cost: $0.01 per page in AWS. */
  abstract daily(query: CostQuery): AsyncIterable<CostCell>;
  /** Values of a dimension that had cost in the period. */
  abstract dimensionValues(dimension: string, start: string, end: string): Promise<string[]>;
}

export abstract class Identity {
  /** The account that the credentials belong to, after the role was assumed. */
  abstract callerAccount(): Promise<string>;
  /** Regions and whether the account may use them. */
  abstract regions(): Promise<{ name: string; enabled: boolean }[]>;
}

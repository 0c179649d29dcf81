import { inRegion } from './prices.js';
import type { Price } from './world.js';

/** One line of the bill: what a scope uses of one usage type on an average day. */
export interface CostLine {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly usageType: string;
  readonly unit: string;
  quantity: number;
  listUsd: number;
  readonly shape: 'flat' | 'office' | 'traffic';
  /** Amortized ÷ list: below 1 where a savings plan covers the usage. */
  readonly effective: number;
}

export type Place = { readonly accountId: string; readonly region: string };
export type Usage = Omit<CostLine, 'accountId' | 'region' | 'effective'> & { readonly effective?: number };

/** Sums usage into cost lines at list prices. */
export class Ledger {
  private readonly lines = new Map<string, CostLine>();
  private readonly prices: ReadonlyMap<string, number>;

  constructor(prices: readonly Price[]) {
    this.prices = new Map(prices.map((price) => [priceKey(price), Number(price.usd)]));
  }

  add(place: Place, usage: Usage): void {
    const key = [place.accountId, place.region, usage.service, usage.usageType].join('|');
    const line = this.lines.get(key);
    if (line) {
      line.quantity += usage.quantity;
      line.listUsd += usage.listUsd;
    } else this.lines.set(key, { effective: 1, ...usage, accountId: place.accountId, region: place.region });
  }

  /** Usage that is on the price list: looks the price up. `detail` tells products of one usage type apart. */
  priced(
    place: Place,
    code: string,
    usage: Omit<Usage, 'listUsd' | 'usageType'> & { usageType: string },
    detail = '',
  ) {
    const usageType = inRegion(place.region, usage.usageType);
    const price = this.prices.get([code, place.region, usageType, detail].join('|'));
    if (price === undefined)
      throw new RangeError(`No price for ${code} ${usageType} ${detail}: add it to the table.`);
    this.add(place, { ...usage, usageType, listUsd: usage.quantity * price });
  }

  all(): CostLine[] {
    return [...this.lines.values()];
  }
}

function priceKey(price: Price): string {
  const detail =
    price.attributes['databaseEngine'] ?? (price.service === 'AWSELB' ? price.productFamily : '');
  return [price.service, price.region, price.usageType, detail].join('|');
}

import { AppError } from '@trimtab/kernel';
import type { ListPrice, PricedProduct } from '../ports/account.port.js';

/** The part of a price list document (`aws_v1`) that on-demand prices need. */
interface PriceDocument {
  readonly product?: {
    readonly sku?: string;
    readonly productFamily?: string;
    readonly attributes?: Readonly<Record<string, string>>;
  };
  readonly terms?: { readonly OnDemand?: Readonly<Record<string, Term>> };
}

interface Term {
  readonly effectiveDate?: string;
  readonly priceDimensions?: Readonly<
    Record<
      string,
      {
        readonly unit?: string;
        readonly beginRange?: string;
        readonly pricePerUnit?: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** One product with its on-demand prices, every tier and currency. Throws `cloud.unexpected-answer`. */
export function pricedProduct(serviceCode: string, text: string): PricedProduct {
  const { product, terms } = parse(text);
  return {
    serviceCode,
    sku: product?.sku ?? '',
    productFamily: product?.productFamily ?? '',
    attributes: product?.attributes ?? {},
    prices: Object.values(terms?.OnDemand ?? {}).flatMap(pricesOf),
  };
}

const pricesOf = (term: Term): ListPrice[] =>
  Object.values(term.priceDimensions ?? {}).flatMap(({ unit = '', beginRange = '0', pricePerUnit = {} }) =>
    Object.entries(pricePerUnit).map(([currency, price]) => ({
      unit,
      price,
      currency,
      effectiveDate: term.effectiveDate ?? '',
      beginRange,
    })),
  );

function parse(text: string): PriceDocument {
  try {
    return JSON.parse(text) as PriceDocument;
  } catch (cause) {
    throw new AppError('cloud.unexpected-answer', 'The Price List API answered with text that is not JSON.', {
      retry: 'later',
      cause,
    });
  }
}

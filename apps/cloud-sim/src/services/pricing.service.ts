import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.js';
import { awsJson } from '../protocols/json.protocol.js';
import type { Service } from '../protocols/protocol.js';
import type { Call } from '../simulation.js';
import { iso } from '../simulation.js';
import type { Price } from '../world/world.js';
import { pageByOffset, sizeWithin } from './page.js';

export const pricing: Service = {
  scope: 'pricing',
  protocol: awsJson({ version: '1.1' }),
  operations: {
    GetProducts: getProducts,
    DescribeServices: describeServices,
    GetAttributeValues: getAttributeValues,
  },
};

interface Paged {
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

interface ProductsInput extends Paged {
  readonly ServiceCode?: string;
  readonly Filters?: readonly { readonly Type?: string; readonly Field: string; readonly Value: string }[];
}

/** Codes of the public price list; OnDemand terms only. */
const onDemand = 'JRTCKXETXF';
const rate = '6YS6EN2CT7';

function getProducts(call: Call, input: ProductsInput) {
  const ofService = pricesOf(call, input.ServiceCode);
  const found = ofService.filter((price) => (input.Filters ?? []).every((filter) => fits(price, filter)));
  const page = pageByOffset(found, paging(input));
  const publicationDate = iso(call.simulation.world.now);
  return {
    FormatVersion: 'aws_v1',
    PriceList: page.items.map((price) => JSON.stringify(productJson(price, publicationDate))),
    NextToken: page.next,
  };
}

const paging = (input: Paged) => ({
  token: input.NextToken,
  size: sizeWithin(input.MaxResults, 100),
  badToken: 'InvalidNextTokenException',
});

function pricesOf(call: Call, serviceCode: string | undefined): Price[] {
  if (!serviceCode) throw new AwsError('InvalidParameterException', 'ServiceCode is required');
  const found = call.simulation.world.prices.filter((price) => price.service === serviceCode);
  if (found.length === 0)
    throw new AwsError('InvalidParameterException', `Invalid service code: ${serviceCode}`);
  return found;
}

type Match = (value: string, wanted: string) => boolean;

const equal: Match = (value, wanted) => value.toLowerCase() === wanted.toLowerCase();
const oneOf: Match = (value, wanted) => wanted.split(',').includes(value);
const matches: Readonly<Record<string, Match>> = {
  TERM_MATCH: equal,
  EQUALS: equal,
  CONTAINS: (value, wanted) => value.toLowerCase().includes(wanted.toLowerCase()),
  ANY_OF: oneOf,
  NONE_OF: (value, wanted) => !oneOf(value, wanted),
};

function fits(price: Price, filter: NonNullable<ProductsInput['Filters']>[number]): boolean {
  const { Type: type = 'TERM_MATCH', Field: field, Value: wanted } = filter;
  const match = Object.hasOwn(matches, type) ? matches[type] : undefined;
  if (!match) throw new AwsError('InvalidParameterException', `Unknown filter type ${type}`);
  const value = field === 'ServiceCode' ? price.service : attributesOf(price)[field];
  return value === undefined ? type === 'NONE_OF' : match(value, wanted);
}

/** What the price list calls attributes, with the family that AWS keeps beside them. */
const attributesOf = (price: Price): Record<string, string | undefined> => ({
  productFamily: price.productFamily,
  sku: skuOf(price),
  servicecode: price.service,
  regionCode: price.region,
  usagetype: price.usageType,
  ...price.attributes,
});

const skus = new WeakMap<Price, string>();

function skuOf(price: Price): string {
  const known = skus.get(price);
  if (known) return known;
  const text = JSON.stringify([price.service, price.region, price.usageType, price.attributes]);
  const sku = createHash('sha256').update(text).digest('hex').slice(0, 16).toUpperCase();
  skus.set(price, sku);
  return sku;
}

function productJson(price: Price, publicationDate: string) {
  const { sku, productFamily, ...attributes } = attributesOf(price);
  const offer = `${sku}.${onDemand}`;
  const rateCode = `${offer}.${rate}`;
  const dimension = {
    unit: price.unit,
    endRange: 'Inf',
    description: `$${price.usd} per ${price.unit} of ${price.usageType}`,
    appliesTo: [],
    rateCode,
    beginRange: '0',
    pricePerUnit: { USD: price.usd },
  };
  const term = {
    priceDimensions: { [rateCode]: dimension },
    sku,
    effectiveDate: publicationDate,
    offerTermCode: onDemand,
    termAttributes: {},
  };
  return {
    product: { productFamily, attributes, sku },
    serviceCode: price.service,
    terms: { OnDemand: { [offer]: term } },
    version: publicationDate.slice(0, 10).replaceAll('-', ''),
    publicationDate,
  };
}

function describeServices(call: Call, input: Paged & { readonly ServiceCode?: string }) {
  const { prices } = call.simulation.world;
  const codes = input.ServiceCode
    ? [pricesOf(call, input.ServiceCode)[0]?.service ?? '']
    : [...new Set(prices.map((price) => price.service))].sort();
  const page = pageByOffset(codes, paging(input));
  const Services = page.items.map((ServiceCode) => ({
    ServiceCode,
    AttributeNames: attributeNames(pricesOf(call, ServiceCode)),
  }));
  return { FormatVersion: 'aws_v1', Services, NextToken: page.next };
}

const attributeNames = (prices: readonly Price[]): string[] =>
  [...new Set(prices.flatMap((price) => Object.keys(attributesOf(price))))]
    .filter((name) => name !== 'sku')
    .sort();

function getAttributeValues(call: Call, input: Paged & { ServiceCode?: string; AttributeName?: string }) {
  const name = input.AttributeName ?? '';
  const values = new Set(pricesOf(call, input.ServiceCode).map((price) => attributesOf(price)[name]));
  const known = [...values].filter((value) => value !== undefined).sort();
  const page = pageByOffset(known, paging(input));
  return { AttributeValues: page.items.map((Value) => ({ Value })), NextToken: page.next };
}

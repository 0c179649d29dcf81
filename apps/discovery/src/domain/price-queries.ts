import type { InstanceTypeSpec, PriceEntry, ScannedService } from '@trimtab/contracts';
import type { InstanceTypeDescription, PricedProduct } from '@trimtab/cloud';
import { decimal } from '@trimtab/kernel';

/** One question to the price list: a service code and attributes that must match, besides the region. */
export interface PriceQuery {
  readonly serviceCode: string;
  readonly filters: Readonly<Record<string, string>>;
}

const family = (serviceCode: string, productFamily: string): PriceQuery => ({
  serviceCode,
  filters: { productFamily },
});

const queries: Readonly<Record<ScannedService, readonly PriceQuery[]>> = {
  ec2: [
    {
      serviceCode: 'AmazonEC2',
      filters: {
        operatingSystem: 'Linux',
        tenancy: 'Shared',
        preInstalledSw: 'NA',
        capacitystatus: 'Used',
        marketoption: 'OnDemand',
      },
    },
    { serviceCode: 'AmazonVPC', filters: { group: 'VPCPublicIPv4Address' } },
    family('AmazonCloudWatch', 'Metric'),
  ],
  ebs: [
    family('AmazonEC2', 'Storage'),
    family('AmazonEC2', 'System Operation'),
    family('AmazonEC2', 'Provisioned Throughput'),
    family('AmazonEC2', 'Storage Snapshot'),
  ],
  rds: [
    family('AmazonRDS', 'Database Instance'),
    family('AmazonRDS', 'Database Storage'),
    family('AmazonRDS', 'Provisioned IOPS'),
    family('AmazonRDS', 'Provisioned Throughput'),
  ],
  lambda: [family('AWSLambda', 'Serverless')],
  s3: [family('AmazonS3', 'Storage')],
  elb: [{ serviceCode: 'AWSELB', filters: {} }],
  'cloudwatch-logs': [
    family('AmazonCloudWatch', 'Storage Snapshot'),
    family('AmazonCloudWatch', 'Data Payload'),
  ],
};

/** What to ask the price list for, so that the checks of these services can price their findings in a region. */
export const priceQueries = (services: readonly ScannedService[], region: string): PriceQuery[] =>
  [...new Set(services)].flatMap((service) =>
    queries[service].map(({ serviceCode, filters }) => ({
      serviceCode,
      filters: { ...filters, regionCode: region },
    })),
  );

/** Attributes that tell what is priced; the price list has dozens more. */
const telling = [
  'usagetype',
  'operation',
  'group',
  'instanceType',
  'volumeApiName',
  'volumeType',
  'storageClass',
  'databaseEngine',
  'databaseEdition',
  'deploymentOption',
  'licenseModel',
  'operatingSystem',
  'tenancy',
];

/**
 * The entries of a product: one for each tier that costs something, lowest tier first. `attributes.beginRange` is
 * there when a product has several tiers.
 */
export function priceEntries(product: PricedProduct, region: string): PriceEntry[] {
  const tiers = [...product.prices].sort((a, b) => Number(a.beginRange) - Number(b.beginRange));
  const attributes = Object.fromEntries(
    telling.flatMap((name) => (product.attributes[name] ? [[name, product.attributes[name]]] : [])),
  );
  return tiers
    .filter((tier) => Number(tier.price) !== 0)
    .map((tier) => ({
      serviceCode: product.serviceCode,
      region,
      sku: product.sku,
      productFamily: product.productFamily,
      usageType: product.attributes.usagetype ?? '',
      attributes: tiers.length > 1 ? { ...attributes, beginRange: tier.beginRange } : attributes,
      unit: tier.unit,
      price: decimal(tier.price),
      currency: tier.currency,
      effectiveDate: tier.effectiveDate,
    }));
}

/** The spec of a type, undefined when it runs on neither of the two architectures that we size for. */
export function instanceTypeSpec(type: InstanceTypeDescription): InstanceTypeSpec | undefined {
  const architecture = (['arm64', 'x86_64'] as const).find((known) => type.architectures.includes(known));
  if (!architecture) return undefined;
  const { architectures: _, ...same } = type;
  return { ...same, architecture };
}

import { REGIONS } from './company.js';
import { instanceTypeRows } from './instance-types.js';
import { DB_CLASSES, PRICE_TABLE } from './price-table.js';
import type { InstanceType, Price } from './world.js';

/** Our simulation: the price of us-east-1 times this, for every product alike. */
export const REGION_FACTOR: Readonly<Record<string, number>> = {
  'us-east-1': 1,
  'us-west-2': 1,
  'eu-west-1': 1.11,
};
const PREFIX: Record<string, string> = { 'us-east-1': '', 'us-west-2': 'USW2-', 'eu-west-1': 'EU-' };
const LOCATION: Record<string, string> = {
  'us-east-1': 'US East (N. Virginia)',
  'us-west-2': 'US West (Oregon)',
  'eu-west-1': 'EU (Ireland)',
};

/** A usage type as the bill writes it in that region, for example `USW2-BoxUsage:m5.large`. */
export const inRegion = (region: string, usageType: string): string => `${PREFIX[region] ?? ''}${usageType}`;

/** Plain decimal text without exponent or trailing zeros. */
export const usd = (value: number): string => value.toFixed(10).replace(/\.?0+$/, '');

/** The price list of every region. */
export function buildPrices(): Price[] {
  return REGIONS.flatMap((region) => [
    ...instanceTypeRows.map((row) => box(region, row.type, row.usdPerHour)),
    ...PRICE_TABLE.map(([service, family, usageType, unit, price, attributes]) =>
      line(region, { service, family, usageType, unit, price, attributes }),
    ),
    ...databasePrices(region),
  ]);
}

interface Line {
  readonly service: string;
  readonly family: string;
  readonly usageType: string;
  readonly unit: string;
  readonly price: number;
  readonly attributes: Readonly<Record<string, string>>;
}

function line(region: string, item: Line): Price {
  const usageType = inRegion(region, item.usageType);
  return {
    service: item.service,
    region,
    productFamily: item.family,
    usageType,
    attributes: {
      servicecode: item.service,
      regionCode: region,
      location: LOCATION[region] ?? region,
      locationType: 'AWS Region',
      usagetype: usageType,
      operation: '',
      ...item.attributes,
    },
    unit: item.unit,
    usd: usd(item.price * (REGION_FACTOR[region] ?? 1)),
  };
}

function box(region: string, type: InstanceType, price: number): Price {
  const attributes = {
    instanceType: type.name,
    instanceFamily: FAMILIES[type.name[0] ?? ''] ?? 'General purpose',
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    licenseModel: 'No License required',
    marketoption: 'OnDemand',
    operation: 'RunInstances',
    vcpu: String(type.vcpu),
    memory: `${type.memoryMiB / 1024} GiB`,
    currentGeneration: type.currentGeneration ? 'Yes' : 'No',
  };
  const usageType = `BoxUsage:${type.name}`;
  return line(region, {
    service: 'AmazonEC2',
    family: 'Compute Instance',
    usageType,
    unit: 'Hrs',
    price,
    attributes,
  });
}

const FAMILIES: Record<string, string> = { c: 'Compute optimized', r: 'Memory optimized' };

const ENGINES = { PostgreSQL: 1.046, MySQL: 1, MariaDB: 1 };
const STORAGE = [
  ['GP2-Storage', 'General Purpose', 0.115],
  ['GP3-Storage', 'General Purpose-GP3', 0.115],
  ['PIOPS-Storage', 'Provisioned IOPS', 0.125],
] as const;
const DEPLOYMENTS = [
  ['Single-AZ', '', 'InstanceUsage', 1],
  ['Multi-AZ', 'Multi-AZ-', 'Multi-AZUsage', 2],
] as const;

function databasePrices(region: string): Price[] {
  const service = 'AmazonRDS';
  return DEPLOYMENTS.flatMap(([deploymentOption, prefix, usage, factor]) => [
    ...Object.entries(ENGINES).flatMap(([databaseEngine, engineFactor]) =>
      Object.entries(DB_CLASSES).map(([instanceType, price]) =>
        line(region, {
          service,
          family: 'Database Instance',
          usageType: `${usage}:${instanceType}`,
          unit: 'Hrs',
          price: price * engineFactor * factor,
          attributes: {
            instanceType,
            databaseEngine,
            deploymentOption,
            licenseModel: 'No license required',
            operation: databaseEngine === 'MySQL' ? 'CreateDBInstance:0002' : 'CreateDBInstance:0014',
          },
        }),
      ),
    ),
    ...STORAGE.map(([kind, volumeType, price]) =>
      line(region, {
        service,
        family: 'Database Storage',
        usageType: `RDS:${prefix}${kind}`,
        unit: 'GB-Mo',
        price: price * factor,
        attributes: { volumeType, deploymentOption, databaseEngine: 'Any' },
      }),
    ),
  ]);
}

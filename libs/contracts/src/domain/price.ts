import { z } from 'zod';
import { Currency, Decimal, Region } from './common.js';

/** One line of a price-list artifact (NDJSON): an on-demand list price from the Price List API. */
export const PriceEntry = z.object({
  /** Price List service code, for example `AmazonEC2`. */
  serviceCode: z.string(),
  region: Region,
  sku: z.string(),
  productFamily: z.string(),
  usageType: z.string(),
  /** Product attributes that tell what is priced: instanceType, volumeApiName, databaseEngine, deploymentOption … */
  attributes: z.record(z.string(), z.string()),
  unit: z.string(),
  price: Decimal,
  currency: Currency,
  effectiveDate: z.string(),
});
export type PriceEntry = z.infer<typeof PriceEntry>;

/** FOCUS 1.4 bills as CSV text, for specs: one ordinary row, changed where a test says so. */
const columns = [
  'BilledCost',
  'EffectiveCost',
  'ListCost',
  'BillingCurrency',
  'BillingAccountId',
  'SubAccountId',
  'BillingPeriodStart',
  'BillingPeriodEnd',
  'ChargePeriodStart',
  'ChargeCategory',
  'ServiceName',
  'ServiceProviderName',
  'RegionId',
  'SkuId',
  'ConsumedQuantity',
  'ConsumedUnit',
];
export const row = (changes: Record<string, string> = {}): string => {
  const values: Record<string, string> = {
    BilledCost: '1.10',
    EffectiveCost: '0.90',
    ListCost: 'NULL',
    BillingCurrency: 'USD',
    BillingAccountId: '42',
    SubAccountId: '43',
    BillingPeriodStart: '2026-10-01T00:00:00Z',
    BillingPeriodEnd: '2026-11-01T00:00:00Z',
    ChargePeriodStart: '2026-10-05T07:00:00Z',
    ChargeCategory: 'Usage',
    ServiceName: 'Compute',
    ServiceProviderName: 'AWS',
    RegionId: 'us-east-1',
    SkuId: 'SKU',
    ConsumedQuantity: '2',
    ConsumedUnit: 'Hrs',
    ...changes,
  };
  return columns.map((name) => values[name] ?? '').join(',');
};
export const csv = (...rows: string[]): string => `${[columns.join(','), ...rows].join('\n')}\n`;

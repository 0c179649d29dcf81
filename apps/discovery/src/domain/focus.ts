import { AppError } from '@trimtab/kernel';

/** A column of a FOCUS bill that the import reads; `names` lists what versions 1.0 to 1.4 call it, newest first. */
export interface FocusColumn {
  readonly key: FocusKey;
  readonly names: readonly string[];
  readonly kind: 'text' | 'amount' | 'quantity' | 'time' | 'category';
  /** Whether the column must be there and have a value in every row. */
  readonly mandatory: boolean;
}

export type FocusKey =
  | 'billedCost'
  | 'effectiveCost'
  | 'listCost'
  | 'currency'
  | 'billingAccountId'
  | 'subAccountId'
  | 'periodStart'
  | 'periodEnd'
  | 'chargeStart'
  | 'chargeCategory'
  | 'service'
  | 'provider'
  | 'region'
  | 'sku'
  | 'quantity'
  | 'unit';

const column = (
  key: FocusKey,
  kind: FocusColumn['kind'],
  mandatory: boolean,
  ...names: string[]
): FocusColumn => ({ key, kind, mandatory, names });

/** FOCUS Cost and Usage columns (focus.finops.org, 1.0 to 1.4) that a daily cost fact is made of. */
export const focusColumns: readonly FocusColumn[] = [
  column('billedCost', 'amount', true, 'BilledCost'),
  column('effectiveCost', 'amount', true, 'EffectiveCost'),
  column('listCost', 'amount', false, 'ListCost'),
  column('currency', 'text', true, 'BillingCurrency'),
  column('billingAccountId', 'text', true, 'BillingAccountId'),
  column('subAccountId', 'text', false, 'SubAccountId'),
  column('periodStart', 'time', true, 'BillingPeriodStart'),
  column('periodEnd', 'time', true, 'BillingPeriodEnd'),
  column('chargeStart', 'time', true, 'ChargePeriodStart'),
  column('chargeCategory', 'category', true, 'ChargeCategory'),
  column('service', 'text', true, 'ServiceName'),
  column('provider', 'text', true, 'ServiceProviderName', 'ProviderName'),
  column('region', 'text', false, 'RegionId'),
  column('sku', 'text', false, 'SkuId'),
  column('quantity', 'quantity', false, 'ConsumedQuantity'),
  column('unit', 'text', false, 'ConsumedUnit'),
];

/** Decimals after the point that are kept exactly; a bill with more is refused rather than rounded. */
export const SCALE = { amount: 24, quantity: 20 } as const;

/** Where a file is broken. `line` counts from 1 (the header); `row` is given where a format has no lines. */
export interface FileProblem {
  readonly line?: number;
  readonly row?: number;
  readonly column?: string;
  readonly reason: string;
}

/** `costs.invalid-file`: the file is refused whole, nothing of it was imported. */
export function invalidFile({ line, row, column: name, reason }: FileProblem): AppError {
  const place = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(row === undefined ? [] : [`row ${row}`]),
    ...(name === undefined ? [] : [`column ${name}`]),
  ].join(', ');
  return new AppError(
    'costs.invalid-file',
    `The bill cannot be imported${place === '' ? '' : ` (${place})`}: ${reason}. Nothing was imported.`,
    {
      details: {
        ...(line === undefined ? {} : { line }),
        ...(row === undefined ? {} : { row }),
        column: name,
        reason,
      },
    },
  );
}

/** Which column of the file each key is read from. Throws `costs.invalid-file` for a missing or doubled one. */
export function columnsOf(header: readonly string[]): ReadonlyMap<FocusKey, string> {
  const doubled = header.find((name, i) => header.indexOf(name) !== i);
  if (doubled !== undefined)
    throw invalidFile({ line: 1, column: doubled, reason: 'the column is there twice' });
  const found = new Map<FocusKey, string>();
  for (const { key, names, mandatory } of focusColumns) {
    const name = names.find((one) => header.includes(one));
    if (name !== undefined) found.set(key, name);
    else if (mandatory) throw missing(names);
  }
  return found;
}

const missing = (names: readonly string[]): AppError =>
  invalidFile({
    line: 1,
    column: names[0],
    reason: `the mandatory FOCUS column ${names.join(' (or ')}${')'.repeat(names.length - 1)} is missing`,
  });

/** The version whose columns the file has: files do not say it themselves. */
export function focusVersion(header: readonly string[]): string {
  const has = (name: string): boolean => header.includes(name);
  if (has('ServiceProviderName')) return has('ProviderName') ? '1.3' : '1.4';
  if (has('InvoiceId') || has('PricingCurrency')) return '1.2';
  return has('SkuMeter') || has('ServiceSubcategory') ? '1.1' : '1.0';
}

const reasons: Readonly<Record<FocusColumn['kind'], string>> = {
  text: 'is not usable',
  amount: `is not a decimal number with at most ${SCALE.amount} decimals`,
  quantity: `is not a decimal number with at most ${SCALE.quantity} decimals`,
  time: 'is not a date and time',
  category: 'is none of Usage, Purchase, Tax, Credit, Adjustment',
};

/** Why a value is refused, in words. */
export const reasonOf = (kind: FocusColumn['kind'], value: string | null): string =>
  value === null ? 'the value is missing' : `"${value.slice(0, 80)}" ${reasons[kind]}`;

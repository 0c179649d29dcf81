import Big from 'big.js';
import { AppError } from './errors.js';

/** An exact amount: `amount` is a plain decimal string (no exponent), `currency` an ISO 4217 code. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

export type Decimal = string | number;

/** Exact decimal text of a number or numeric string, without exponent. Throws `money.not-a-number`. */
export function decimal(value: Decimal): string {
  return parse(value).toFixed();
}

/** Money from a decimal. Throws `money.not-a-number` for anything that is not a finite decimal. */
export function money(amount: Decimal, currency: string): Money {
  return { amount: decimal(amount), currency };
}

export const zero = (currency: string): Money => ({ amount: '0', currency });

/** Throws `money.currency-mismatch`: amounts in different currencies are never added. */
export function addMoney(a: Money, b: Money): Money {
  return {
    amount: parse(a.amount)
      .plus(parse(same(a, b).amount))
      .toFixed(),
    currency: a.currency,
  };
}

export function subtractMoney(a: Money, b: Money): Money {
  return {
    amount: parse(a.amount)
      .minus(parse(same(a, b).amount))
      .toFixed(),
    currency: a.currency,
  };
}

/** Exact product with a factor that is itself a decimal (a quantity, a share). */
export function timesMoney(a: Money, factor: Decimal): Money {
  return { amount: parse(a.amount).times(parse(factor)).toFixed(), currency: a.currency };
}

/** Exact sum; `currency` is what an empty list sums to zero in. */
export function sumMoney(amounts: Iterable<Money>, currency: string): Money {
  let total = new Big(0);
  for (const amount of amounts) total = total.plus(parse(same(zero(currency), amount).amount));
  return { amount: total.toFixed(), currency };
}

/** -1, 0 or 1. Throws `money.currency-mismatch`. */
export function compareMoney(a: Money, b: Money): number {
  return parse(a.amount).cmp(parse(same(a, b).amount));
}

/** Rounded half-even to `digits` decimals (2 unless told): for showing and for published estimates. */
export function roundMoney(a: Money, digits = 2): Money {
  return { amount: parse(a.amount).round(digits, Big.roundHalfEven).toFixed(digits), currency: a.currency };
}

/** The amount as a float, for statistics and charts only; never for sums that are shown as money. */
export const approximate = (a: Money): number => Number(a.amount);

/** Text for people: `$1,234.50` for USD, `1,234.50 EUR` otherwise. */
export function formatMoney(a: Money): string {
  const rounded = roundMoney(a).amount;
  const [whole = '0', cents = '00'] = rounded.replace('-', '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const sign = rounded.startsWith('-') ? '-' : '';
  return a.currency === 'USD' ? `${sign}$${grouped}.${cents}` : `${sign}${grouped}.${cents} ${a.currency}`;
}

function same(a: Money, b: Money): Money {
  if (a.currency === b.currency) return b;
  throw new AppError(
    'money.currency-mismatch',
    `Cannot combine ${a.currency} with ${b.currency}: group by currency before you sum.`,
  );
}

function parse(value: Decimal): Big {
  try {
    return new Big(value);
  } catch (cause) {
    throw new AppError('money.not-a-number', `"${String(value)}" is not a decimal number.`, { cause });
  }
}

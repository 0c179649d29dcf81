import { addMoney, money, sumMoney, timesMoney } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import type { BillRates } from './bill-rates.js';

/**
 * Usage that an action removes (positive quantity) or adds (negative), per month.
 * `usageType` is the bill's, without its region prefix, for example `BoxUsage:m5.large`.
 */
export interface UsageLine {
  readonly usageType: string;
  readonly quantity: number;
  readonly unit: string;
  /** List price per unit. */
  readonly price: Money;
}

export interface Saving {
  readonly list: Money;
  readonly net: Money;
  /** `bill` when the removed usage was found in the bill with a rate of its own. */
  readonly rateSource: 'bill' | 'list';
  readonly formula: string;
}

export interface Place {
  readonly accountId: string;
  readonly region: string;
  /** Resource type, `<service>:<kind>`. */
  readonly type: string;
}

/**
 * What usage lines are worth: at list prices, and at the effective rates of the bill
 * (EffectiveCost ÷ ConsumedQuantity of the same account, region, service and usage type, last 30 days).
 * Usage that is added and not on the bill yet gets the discount of the usage that it replaces.
 */
export function savingOf(lines: readonly UsageLine[], place: Place, rates: BillRates): Saving {
  const currency = lines[0]?.price.currency ?? rates.currency;
  const worth = (rate: (line: UsageLine) => Money): Money =>
    sumMoney(
      lines.map((line) => timesMoney(rate(line), String(line.quantity))),
      currency,
    );
  const known = lines.map((line) => rates.of(place, line.usageType));
  const replaced = lines.findIndex((line, i) => line.quantity > 0 && known[i] !== undefined);
  const discount = replaced < 0 ? 1 : ratio(known[replaced], lines[replaced]?.price);
  const effective = (line: UsageLine): Money => {
    const rate = known[lines.indexOf(line)];
    if (rate) return rate;
    return line.quantity < 0 ? timesMoney(line.price, String(discount)) : line.price;
  };
  return {
    list: worth((line) => line.price),
    net: worth(effective),
    rateSource: replaced < 0 ? 'list' : 'bill',
    formula: lines.map((line) => formulaOf(line, effective(line))).join(' '),
  };
}

const DIGITS = 6;

function ratio(rate: Money | undefined, list: Money | undefined): number {
  const of = Number(list?.amount ?? 0);
  return rate && of > 0 ? Number((Number(rate.amount) / of).toFixed(DIGITS)) : 1;
}

function formulaOf({ usageType, quantity, unit, price }: UsageLine, rate: Money): string {
  const sign = quantity < 0 ? '−' : '+';
  const amount = Math.abs(quantity);
  return `${sign} ${amount} ${unit} ${usageType} × ${short(rate)} (list ${short(price)})`;
}

const short = ({ amount, currency }: Money): string =>
  `${Number(Number(amount).toPrecision(DIGITS))} ${currency}`;

/** A line that is removed whole. */
export const removed = (usageType: string, quantity: number, unit: string, price: Money): UsageLine => ({
  usageType,
  quantity,
  unit,
  price,
});

/** A line that is added instead. */
export const added = (usageType: string, quantity: number, unit: string, price: Money): UsageLine => ({
  usageType,
  quantity: -quantity,
  unit,
  price,
});

export const nothing = (currency: string): Money => money('0', currency);

/** Sum of savings, the formulas side by side. */
export function combined(savings: readonly Saving[], currency: string): Saving {
  const start: Saving = { list: nothing(currency), net: nothing(currency), rateSource: 'list', formula: '' };
  return savings.reduce(
    (sum, one) => ({
      list: addMoney(sum.list, one.list),
      net: addMoney(sum.net, one.net),
      rateSource: one.rateSource === 'bill' ? 'bill' : sum.rateSource,
      formula: [sum.formula, one.formula].filter((part) => part !== '').join(' '),
    }),
    start,
  );
}

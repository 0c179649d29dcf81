import type { CostFact, CostTotals } from '@trimtab/contracts';
import type { CostCell } from '@trimtab/cloud';
import { addMoney, decimal, money } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';

type Totals = CostTotalsValue[];
interface CostTotalsValue {
  readonly currency: string;
  readonly billedCost: string;
  readonly effectiveCost: string;
}

/** FOCUS charge category of a Cost Explorer record type; what is unknown counts as an adjustment. */
export function chargeCategoryOf(recordType: string): CostFact['chargeCategory'] {
  if (/tax/i.test(recordType)) return 'Tax';
  if (/credit/i.test(recordType)) return 'Credit';
  if (/refund|adjust/i.test(recordType)) return 'Adjustment';
  // A negation takes the covered usage back at list price, and discounts lower usage: FOCUS shows both within usage.
  if (/usage|negation|discount/i.test(recordType)) return 'Usage';
  return /fee|upfront|recurring|support|subscription|purchase/i.test(recordType) ? 'Purchase' : 'Adjustment';
}

/** What is not usage belongs to no region. */
export const NO_REGION = 'global';

export interface CellPlace {
  readonly accountId: string;
  readonly region: string;
  readonly recordType: string;
}

/** A daily cell of Cost Explorer, grouped by service and usage type, as a fact. Amounts stay exact. */
export function factOf(place: CellPlace, cell: CostCell): CostFact {
  const [service = '', usageType = ''] = cell.keys;
  return {
    day: cell.day,
    accountId: place.accountId,
    region: noRegion.has(place.region) ? NO_REGION : place.region,
    service,
    usageType: usageType || place.recordType,
    chargeCategory: chargeCategoryOf(place.recordType),
    ...amountsOf(cell.amounts),
    listCost: null,
  };
}

const noRegion = new Set(['', 'NoRegion']);
const nothing = { amount: '0', unit: 'USD' };

function amountsOf(
  amounts: CostCell['amounts'],
): Pick<CostFact, 'billedCost' | 'effectiveCost' | 'consumedQuantity' | 'consumedUnit' | 'currency'> {
  const { UnblendedCost: billed = nothing, UsageQuantity: quantity } = amounts;
  const { AmortizedCost: amortized = billed } = amounts;
  const { NetAmortizedCost: effective = amortized } = amounts;
  return {
    billedCost: decimal(billed.amount),
    effectiveCost: decimal(effective.amount),
    consumedQuantity: quantity ? decimal(quantity.amount) : null,
    consumedUnit: quantity && quantity.unit !== 'N/A' ? quantity.unit : null,
    currency: billed.unit,
  };
}

/** A cell without cost and without usage says nothing. */
export const saysNothing = (fact: CostFact): boolean =>
  Number(fact.billedCost) === 0 &&
  Number(fact.effectiveCost) === 0 &&
  Number(fact.consumedQuantity ?? 0) === 0;

/** Exact sums by currency, and the first and last day, of facts as they pass by. */
export class FactSummary {
  private readonly sums = new Map<string, { billed: Money; effective: Money }>();
  firstDay: string | undefined;
  lastDay: string | undefined;
  rows = 0;

  add(fact: Pick<CostFact, 'day' | 'billedCost' | 'effectiveCost' | 'currency'>): void {
    const { currency } = fact;
    const before = this.sums.get(currency) ?? { billed: money(0, currency), effective: money(0, currency) };
    this.sums.set(currency, {
      billed: addMoney(before.billed, money(fact.billedCost, currency)),
      effective: addMoney(before.effective, money(fact.effectiveCost, currency)),
    });
    this.rows += 1;
    if (this.firstDay === undefined || fact.day < this.firstDay) this.firstDay = fact.day;
    if (this.lastDay === undefined || fact.day > this.lastDay) this.lastDay = fact.day;
  }

  totals(): Totals {
    return [...this.sums]
      .map(([currency, { billed, effective }]) => ({
        currency,
        billedCost: billed.amount,
        effectiveCost: effective.amount,
      }))
      .sort((a, b) => (a.currency < b.currency ? -1 : 1)) satisfies (typeof CostTotals)['_output'][];
  }
}

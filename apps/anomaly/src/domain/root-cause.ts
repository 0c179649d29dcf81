import type { RootCause } from '@trimtab/contracts';
import type { Money } from '@trimtab/kernel';
import { money, roundMoney, subtractMoney } from '@trimtab/kernel';
import type { DetectionOptions, Leaf } from '@trimtab/timeseries';
import { commonAttributes, expectedWithin, localize, median, sum } from '@trimtab/timeseries';
import type { z } from 'zod';
import type { CubeLeaf, CubeScope } from './cost-cube.js';

type RootCause = z.infer<typeof RootCause>;

/** Indexes of an event's first and last day in the cube. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface MeasuredLeaf extends Leaf {
  readonly source: CubeLeaf;
}

/** The parts of a scope that explain an event, strongest first, described as fully as their leaves agree on. */
export function rootCauses(scope: CubeScope, span: Span, options: Partial<DetectionOptions>): RootCause[] {
  const leaves = scope.leaves.map((leaf): MeasuredLeaf => ({
    source: leaf,
    attributes: { region: leaf.region, usageType: leaf.usageType },
    actual: sum(leaf.costs.subarray(span.start, span.end + 1)),
    expected: sum(expectedWithin(leaf.costs, span.start, span.end, options)),
  }));
  return localize(leaves).map((cause) => {
    const members = cause.leaves.flatMap((index) => leaves[index] ?? []);
    const impact = cents(cause.actual - cause.expected, scope.currency);
    return {
      dimensions: { accountId: scope.accountId, service: scope.service, ...commonAttributes(members) },
      share: Math.min(1, Math.max(0, cause.explainedShare)),
      impact,
      ...effects(members, span, impact),
    };
  });
}

const PRICE_DAYS = 28;

/**
 * Price × quantity: Δcost = Δq·p0 + q1·Δp, where p0 is the median unit cost of the four weeks before. Tells more
 * usage from a lost discount. Nothing when a leaf has no quantity; a leaf without history is all usage.
 */
function effects(
  leaves: readonly MeasuredLeaf[],
  span: Span,
  impact: Money,
): Pick<RootCause, 'usageEffect' | 'rateEffect'> {
  let rate = 0;
  for (const { source, actual } of leaves) {
    if (!source.quantities) return {};
    const price = usualPrice(source.costs, source.quantities, span.start);
    const quantity = sum(source.quantities.subarray(span.start, span.end + 1));
    if (price !== undefined) rate += actual - quantity * price;
  }
  const rateEffect = cents(rate, impact.currency);
  return { usageEffect: subtractMoney(impact, rateEffect), rateEffect };
}

function usualPrice(costs: Float64Array, quantities: Float64Array, before: number): number | undefined {
  const from = Math.max(0, before - PRICE_DAYS);
  const prices = Array.from(costs.subarray(from, before), (cost, i) => cost / (quantities[from + i] ?? 0));
  const known = prices.filter((price) => Number.isFinite(price));
  return known.length === 0 ? undefined : median(known);
}

export const cents = (amount: number, currency: string): Money => roundMoney(money(amount, currency));

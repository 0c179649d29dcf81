import type { BudgetSettings, CostFact } from '@trimtab/contracts';
import type { Money } from '@trimtab/kernel';
import { money } from '@trimtab/kernel';

/** A node of the tree that costs land in: a child, or what no child takes. */
export interface BudgetLeaf {
  readonly id: string;
  readonly name: string;
  /** Absent for `unallocated`. */
  readonly limit: Money | undefined;
  readonly facts: readonly CostFact[];
}

export interface BudgetTree {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly limit: Money;
  readonly thresholds: readonly number[];
  readonly leaves: readonly BudgetLeaf[];
}

type Match = BudgetSettings['children'][number]['match'];

/**
 * Each fact in the budget's currency lands in exactly one leaf: the first child that matches, else `unallocated`.
 * Facts in other currencies are never counted.
 */
export function budgetTree(settings: BudgetSettings, facts: readonly CostFact[]): BudgetTree {
  const { name, currency, children } = settings;
  const buckets = [...children, undefined].map((): CostFact[] => []);
  for (const fact of facts) {
    if (fact.currency !== currency) continue;
    const child = children.findIndex(({ match }) => matches(match, fact));
    buckets[child < 0 ? children.length : child]?.push(fact);
  }
  const leaves = buckets.map((members, i) => {
    const child = children[i];
    const leafName = child?.name ?? 'unallocated';
    const limit = child && money(child.monthlyLimit, currency);
    return { id: `${name}/${leafName}`, name: leafName, limit, facts: members };
  });
  const limit = money(settings.monthlyLimit, currency);
  return { id: name, name, currency, limit, thresholds: settings.thresholds, leaves };
}

function matches({ accountIds, services, regions }: Match, fact: CostFact): boolean {
  return (
    (accountIds?.includes(fact.accountId) ?? true) &&
    (services?.includes(fact.service) ?? true) &&
    (regions?.includes(fact.region) ?? true)
  );
}

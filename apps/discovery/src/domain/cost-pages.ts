import { publicEvent } from '@trimtab/contracts';
import type { EventData, PublicEvent } from '@trimtab/contracts';
import { addMoney, money } from '@trimtab/kernel';

type Imported = EventData<'trimtab.cost.imported.v1'>;
type DailyFact = Imported['facts'][number];

/** Room for the envelope is left below the 256 KB that a page may have. */
const PAGE_BYTES = 240 * 1024;

/** Facts by day, account, service and currency: what other teams get, without regions and usage types. */
export class DailyFacts {
  private readonly cells = new Map<string, DailyFact>();

  add({ day, accountId, service, billedCost, effectiveCost, currency }: DailyFact): void {
    const key = [day, accountId, service, currency].join('\u0000');
    const before = this.cells.get(key);
    this.cells.set(key, {
      day,
      accountId,
      service,
      billedCost: plus(before?.billedCost, billedCost, currency),
      effectiveCost: plus(before?.effectiveCost, effectiveCost, currency),
      currency,
    });
  }

  all(): DailyFact[] {
    return [...this.cells.values()].sort((a, b) => order(a, b));
  }
}

const plus = (before: string | undefined, amount: string, currency: string): string =>
  addMoney(money(before ?? '0', currency), money(amount, currency)).amount;

const keyOf = (fact: DailyFact): string =>
  [fact.day, fact.accountId, fact.service, fact.currency].join('\u0000');
const order = (a: DailyFact, b: DailyFact): number => (keyOf(a) < keyOf(b) ? -1 : 1);

/** `cost.imported` events, as many pages as the facts need; an import without facts has one empty page. */
export function costImportedEvents(
  head: Pick<Imported, 'source' | 'firstDay' | 'lastDay' | 'rows' | 'totals'>,
  facts: readonly DailyFact[],
): PublicEvent<'trimtab.cost.imported.v1'>[] {
  const pages: DailyFact[][] = [[]];
  let bytes = 0;
  for (const fact of facts) {
    const size = JSON.stringify(fact).length * 1.1 + 1;
    if (bytes + size > PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(fact);
    bytes += size;
  }
  return pages.map((page, i) =>
    publicEvent('trimtab.cost.imported.v1', `costs/${head.source}`, {
      ...head,
      page: i + 1,
      pages: pages.length,
      facts: page,
    }),
  );
}

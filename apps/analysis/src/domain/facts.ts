import type { InstanceTypeSpec, Resource, ResourceOf, ResourceType } from '@trimtab/contracts';
import { DAY_MS } from '@trimtab/kernel';
import type { BillRates } from './bill-rates.js';
import type { PriceBook } from './price-book.js';

/** Everything that the checks of one run may look at. */
export class Facts {
  private readonly byType = new Map<ResourceType, Resource[]>();
  private readonly byId = new Map<string, Resource>();
  private readonly types = new Map<string, InstanceTypeSpec>();

  constructor(
    readonly asOf: Date,
    readonly prices: PriceBook,
    readonly rates: BillRates,
    resources: Iterable<Resource>,
    instanceTypes: Iterable<InstanceTypeSpec & { region?: string }>,
  ) {
    for (const resource of resources) {
      this.byId.set(`${resource.type}|${resource.accountId}|${resource.id}`, resource);
      const same = this.byType.get(resource.type);
      if (same) same.push(resource);
      else this.byType.set(resource.type, [resource]);
    }
    for (const type of instanceTypes) this.types.set(type.instanceType, type);
  }

  get currency(): string {
    return this.rates.currency;
  }

  all<Type extends ResourceType>(type: Type): readonly ResourceOf<Type>[] {
    return (this.byType.get(type) ?? []) as unknown as readonly ResourceOf<Type>[];
  }

  find<Type extends ResourceType>(type: Type, accountId: string, id: string): ResourceOf<Type> | undefined {
    return this.byId.get(`${type}|${accountId}|${id}`) as ResourceOf<Type> | undefined;
  }

  instanceType(name: string): InstanceTypeSpec | undefined {
    return this.types.get(name);
  }

  instanceTypes(): IterableIterator<InstanceTypeSpec> {
    return this.types.values();
  }

  /** Days from an instant to the moment that the run looks from. */
  ageDays(since: string): number {
    return (this.asOf.getTime() - Date.parse(since)) / DAY_MS;
  }
}

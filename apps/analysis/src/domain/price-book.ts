import type { PriceEntry } from '@trimtab/contracts';
import { money } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';

/** `USW2-BoxUsage:m5.large` → `BoxUsage:m5.large`: the same usage has one name in every region. */
export const withoutRegion = (usageType: string): string => usageType.replace(/^[A-Z]{2,4}\d?-(?=[A-Z])/, '');

/** List prices per region, by service code and usage type; the cheapest entry when several fit. */
export class PriceBook {
  private readonly entries = new Map<string, PriceEntry[]>();

  constructor(entries: Iterable<PriceEntry>) {
    for (const entry of entries) {
      const name = key(entry.serviceCode, entry.region, withoutRegion(entry.usageType));
      const known = this.entries.get(name);
      if (known) known.push(entry);
      else this.entries.set(name, [entry]);
    }
  }

  /** Undefined when the list has no such price: nothing is guessed. */
  price(
    serviceCode: string,
    region: string,
    usageType: string,
    attributes: Readonly<Record<string, string>> = {},
  ): Money | undefined {
    const fitting = (this.entries.get(key(serviceCode, region, usageType)) ?? []).filter((entry) =>
      Object.entries(attributes).every(
        ([name, value]) => entry.attributes[name]?.toLowerCase() === value.toLowerCase(),
      ),
    );
    const [first, ...rest] = fitting;
    if (!first) return undefined;
    const cheapest = rest.reduce((best, one) => (Number(one.price) < Number(best.price) ? one : best), first);
    return money(cheapest.price, cheapest.currency);
  }

  instance(region: string, instanceType: string): Money | undefined {
    return this.price('AmazonEC2', region, `BoxUsage:${instanceType}`);
  }

  snapshotGb(region: string): Money | undefined {
    return this.price('AmazonEC2', region, 'EBS:SnapshotUsage');
  }

  database(region: string, dbInstanceClass: string, engine: string, multiAz: boolean): Money | undefined {
    const usage = `${multiAz ? 'Multi-AZUsage' : 'InstanceUsage'}:${dbInstanceClass}`;
    const databaseEngine = ENGINES[engine] ?? engine;
    return this.price('AmazonRDS', region, usage, { databaseEngine });
  }
}

const ENGINES: Readonly<Record<string, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
};
const key = (...parts: string[]): string => parts.join('|');

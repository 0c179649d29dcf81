import type { CostFact } from '@trimtab/contracts';
import { DAY_MS, money, utcDay } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import { withoutRegion } from './price-book.js';
import type { Place } from './usage.js';

/**
 * What bills call the service of a resource type's prefix, in Cost Explorer and in FOCUS.
 * Several services have a usage type of one name (S3, DynamoDB and CloudWatch Logs: `TimedStorage-ByteHrs`).
 */
const BILLED_AS: Readonly<Record<string, RegExp>> = {
  ec2: /Elastic Compute Cloud|^EC2 - Other$|Elastic Block Store|Virtual Private Cloud/,
  rds: /Relational Database Service/,
  lambda: /Lambda/,
  s3: /Simple Storage Service/,
  elasticloadbalancing: /Elastic Load Balancing/,
  logs: /CloudWatch/,
};

const RATE_DAYS = 30;
const DIGITS = 10;

interface Cell {
  cost: number;
  quantity: number;
}

/** Effective rates of the bill: EffectiveCost ÷ ConsumedQuantity over the last 30 days, per account, region, service and usage type. */
export class BillRates {
  private readonly cells = new Map<string, Cell>();

  constructor(
    readonly currency: string,
    facts: Iterable<CostFact>,
    asOf: Date,
  ) {
    const since = utcDay(new Date(asOf.getTime() - RATE_DAYS * DAY_MS));
    for (const fact of facts) if (fact.day >= since && fact.currency === currency) this.add(fact);
  }

  /** Undefined when the bill has no such usage. */
  of({ accountId, region, type }: Place, usageType: string): Money | undefined {
    const cell = this.cells.get(key(accountId, region, type.split(':')[0] ?? '', usageType));
    if (!cell || cell.quantity <= 0) return undefined;
    return money((cell.cost / cell.quantity).toFixed(DIGITS), this.currency);
  }

  private add(fact: CostFact): void {
    if (fact.chargeCategory !== 'Usage' || fact.consumedQuantity === null) return;
    const service = Object.keys(BILLED_AS).find((prefix) => BILLED_AS[prefix]?.test(fact.service));
    if (!service) return;
    const name = key(fact.accountId, fact.region, service, withoutRegion(fact.usageType));
    const cell = this.cells.get(name) ?? { cost: 0, quantity: 0 };
    cell.cost += Number(fact.effectiveCost);
    cell.quantity += Number(fact.consumedQuantity);
    this.cells.set(name, cell);
  }
}

const key = (...parts: string[]): string => parts.join('|');

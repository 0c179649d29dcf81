import { AppError } from '@trimtab/kernel';
import type { ChangeEvent, CostCell, PricedProduct } from '../ports/account.port.js';
import type { RequestCount } from '../ports/cloud.port.js';
import type {
  BucketDescription,
  BucketEntry,
  InstanceTypeDescription,
  OwnImage,
} from '../ports/inventory.port.js';
import type {
  LiveAddress,
  LiveDatabase,
  LiveFunction,
  LiveInstance,
  LiveLoadBalancer,
  LiveLogGroup,
  LiveSnapshot,
  LiveVolume,
} from '../ports/live-state.js';
import type { MetricPoints, MetricQuery } from '../ports/metrics.port.js';
import type { CloudScope } from '../ports/scope.js';

/** What exists in one account and region of a cloud in memory; change the maps to arrange a test. */
export class MemoryScope {
  readonly instances = new Map<string, LiveInstance>();
  readonly volumes = new Map<string, LiveVolume>();
  readonly snapshots = new Map<string, LiveSnapshot>();
  readonly addresses = new Map<string, LiveAddress>();
  readonly images = new Map<string, OwnImage>();
  readonly databases = new Map<string, LiveDatabase>();
  readonly functions = new Map<string, LiveFunction>();
  readonly buckets = new Map<string, BucketEntry & BucketDescription>();
  readonly loadBalancers = new Map<string, LiveLoadBalancer>();
  readonly logGroups = new Map<string, LiveLogGroup>();
  readonly instanceTypes: InstanceTypeDescription[] = [];
  readonly changes: ChangeEvent[] = [];
  /** Answers metric queries; undefined = no datapoint at all. */
  metric: (query: MetricQuery) => MetricPoints['values'] | undefined = () => undefined;
  /** Dimensions of `namespace/metric`, as ListMetrics tells them. */
  readonly metricDimensions = new Map<string, Readonly<Record<string, string>>[]>();
}

/** One effect that was applied, in order: `operation` as AWS names it, `target` the id it was for. */
export interface EffectCall extends CloudScope {
  readonly service: string;
  readonly operation: string;
  readonly target: string;
}

/** An error that one call of an operation gives: instead of the work, or after it (an answer that was lost). */
export interface Fault {
  readonly operation: string;
  readonly error: AppError;
  readonly when: 'before' | 'after';
}

/** All accounts of a cloud in memory, the effects on it and the faults that it is to show. */
export class MemoryWorld {
  private readonly scopes = new Map<string, MemoryScope>();
  private readonly counts = new Map<string, RequestCount>();
  private faults: Fault[] = [];
  private issued = 0;
  readonly effects: EffectCall[] = [];
  readonly products: PricedProduct[] = [];
  readonly costs = new Map<string, readonly CostCell[]>();
  readonly regions = new Map<string, { name: string; enabled: boolean }[]>();

  at({ accountId, region }: CloudScope): MemoryScope {
    const key = `${accountId} ${region}`;
    const scope = this.scopes.get(key) ?? new MemoryScope();
    this.scopes.set(key, scope);
    return scope;
  }

  /** The next call of `operation` fails once; several faults of one operation come in order. */
  fail(operation: string, error: AppError, when: Fault['when'] = 'before'): void {
    this.faults.push({ operation, error, when });
  }

  /** A call that changes nothing. */
  read<T>(scope: CloudScope, service: string, operation: string, work: () => T): T {
    this.count(scope, service, operation, false);
    const fault = this.takeFault(operation);
    if (fault) throw fault.error;
    return work();
  }

  /** A call that changes something: recorded, unless it fails before. */
  async effect<T>(
    scope: CloudScope,
    service: string,
    operation: string,
    target: string,
    work: () => T,
  ): Promise<T> {
    this.count(scope, service, operation, true);
    const fault = this.takeFault(operation);
    if (fault?.when === 'before') throw fault.error;
    const result = work();
    this.effects.push({ ...scope, service, operation, target });
    if (fault) throw fault.error;
    return result;
  }

  requests(): RequestCount[] {
    return [...this.counts.values()];
  }

  newId(prefix: string): string {
    this.issued += 1;
    return `${prefix}-${this.issued.toString(16).padStart(17, '0')}`;
  }

  private takeFault(operation: string): Fault | undefined {
    const fault = this.faults.find((one) => one.operation === operation);
    this.faults = this.faults.filter((one) => one !== fault);
    return fault;
  }

  private count(
    { accountId, region }: CloudScope,
    service: string,
    operation: string,
    mutating: boolean,
  ): void {
    const key = [accountId, region, service, operation].join(' ');
    const count = (this.counts.get(key)?.count ?? 0) + 1;
    this.counts.set(key, { accountId, region, service, operation, mutating, count });
  }
}

export const notFound = (id: string): AppError =>
  new AppError('cloud.not-found', `${id} does not exist.`, { details: { id } });

export const refused = (id: string, reason: string): AppError =>
  new AppError('cloud.refused', `AWS refuses ${id}: ${reason}`, { details: { id, reason } });

/** The entry of a map. Throws `cloud.not-found`. */
export function need<T>(map: ReadonlyMap<string, T>, id: string): T {
  const found = map.get(id);
  if (found === undefined) throw notFound(id);
  return found;
}

import type {
  BucketActions,
  DatabaseActions,
  DatabaseStorage,
  FunctionActions,
  LoadBalancerActions,
  LogGroupActions,
} from '../ports/actions.port.js';
import type {
  LifecycleRule,
  LiveBucket,
  LiveDatabase,
  LiveFunction,
  LiveLoadBalancer,
  LiveLogGroup,
} from '../ports/live-state.js';
import type { CloudScope } from '../ports/scope.js';
import { need, refused } from './memory-world.js';
import type { MemoryScope, MemoryWorld } from './memory-world.js';

abstract class Service {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
    private readonly service: string,
  ) {}

  protected get state(): MemoryScope {
    return this.world.at(this.scope);
  }

  protected async read<T>(operation: string, work: () => T): Promise<T> {
    return this.world.read(this.scope, this.service, operation, work);
  }

  protected async effect(operation: string, target: string, work: () => void): Promise<void> {
    await this.world.effect(this.scope, this.service, operation, target, work);
  }
}

export class MemoryDatabases extends Service implements DatabaseActions {
  describe(id: string): Promise<LiveDatabase | undefined> {
    return this.read('DescribeDBInstances', () => this.state.databases.get(id));
  }

  stop(id: string): Promise<void> {
    return this.effect('StopDBInstance', id, () => this.move(id, 'available', 'stopped'));
  }

  start(id: string): Promise<void> {
    return this.effect('StartDBInstance', id, () => this.move(id, 'stopped', 'available'));
  }

  modifyStorage(id: string, storage: DatabaseStorage): Promise<void> {
    return this.effect('ModifyDBInstance', id, () => {
      const found = need(this.state.databases, id);
      if (found.status !== 'available') throw refused(id, `the database is ${found.status}`);
      const given = Object.fromEntries(Object.entries(storage).filter(([, value]) => value !== undefined));
      this.state.databases.set(id, { ...found, iops: undefined, ...given });
    });
  }

  private move(id: string, from: string, status: string): void {
    const found = need(this.state.databases, id);
    if (found.status !== from) throw refused(id, `the database is ${found.status}`);
    this.state.databases.set(id, { ...found, status });
  }
}

export class MemoryFunctions extends Service implements FunctionActions {
  describe(name: string): Promise<LiveFunction | undefined> {
    return this.read('GetFunctionConfiguration', () => this.state.functions.get(name));
  }

  putConcurrency(name: string, reserved: number): Promise<void> {
    return this.effect('PutFunctionConcurrency', name, () => this.reserve(name, reserved));
  }

  deleteConcurrency(name: string): Promise<void> {
    return this.effect('DeleteFunctionConcurrency', name, () => this.reserve(name, undefined));
  }

  private reserve(name: string, reservedConcurrency: number | undefined): void {
    this.state.functions.set(name, { ...need(this.state.functions, name), reservedConcurrency });
  }
}

export class MemoryBuckets extends Service implements BucketActions {
  describe(name: string): Promise<LiveBucket | undefined> {
    return this.read('GetBucketLifecycleConfiguration', () => {
      const found = this.state.buckets.get(name);
      return found && { name, lifecycleRules: found.lifecycleRules };
    });
  }

  putLifecycle(name: string, rules: readonly LifecycleRule[]): Promise<void> {
    return this.effect('PutBucketLifecycleConfiguration', name, () =>
      this.replace(name, structuredClone(rules)),
    );
  }

  deleteLifecycle(name: string): Promise<void> {
    return this.effect('DeleteBucketLifecycle', name, () => this.replace(name, undefined));
  }

  private replace(name: string, lifecycleRules: readonly LifecycleRule[] | undefined): void {
    this.state.buckets.set(name, { ...need(this.state.buckets, name), lifecycleRules });
  }
}

export class MemoryLoadBalancers extends Service implements LoadBalancerActions {
  describe(arn: string): Promise<LiveLoadBalancer | undefined> {
    return this.read('DescribeLoadBalancers', () => {
      const found = this.state.loadBalancers.get(arn);
      return found && { configuration: { loadBalancer: { LoadBalancerArn: arn } }, ...found };
    });
  }

  /** Deleting a balancer that is gone succeeds, as in AWS. */
  delete(arn: string): Promise<void> {
    return this.effect('DeleteLoadBalancer', arn, () => void this.state.loadBalancers.delete(arn));
  }
}

export class MemoryLogGroups extends Service implements LogGroupActions {
  describe(name: string): Promise<LiveLogGroup | undefined> {
    return this.read('DescribeLogGroups', () => this.state.logGroups.get(name));
  }

  putRetention(name: string, days: number): Promise<void> {
    return this.effect('PutRetentionPolicy', name, () => this.retain(name, days));
  }

  deleteRetention(name: string): Promise<void> {
    return this.effect('DeleteRetentionPolicy', name, () => this.retain(name, undefined));
  }

  private retain(name: string, retentionInDays: number | undefined): void {
    this.state.logGroups.set(name, { ...need(this.state.logGroups, name), retentionInDays });
  }
}

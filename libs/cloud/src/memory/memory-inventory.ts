import type { ChangeEvent, ChangeLookup } from '../ports/account.port.js';
import { ChangeTrail } from '../ports/account.port.js';
import type { BucketDescription } from '../ports/inventory.port.js';
import { Inventory } from '../ports/inventory.port.js';
import type { MetricPoints, MetricQuery } from '../ports/metrics.port.js';
import { gridLength, Metrics } from '../ports/metrics.port.js';
import type { CloudScope } from '../ports/scope.js';
import type { MemoryWorld } from './memory-world.js';
import { need } from './memory-world.js';

export class MemoryInventory extends Inventory {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {
    super();
  }

  override instances = () => this.list('ec2', 'DescribeInstances', () => this.state.instances.values());
  override addresses = () => this.list('ec2', 'DescribeAddresses', () => this.state.addresses.values());
  override images = () => this.list('ec2', 'DescribeImages', () => this.state.images.values());
  override volumes = () => this.list('ec2', 'DescribeVolumes', () => this.state.volumes.values());
  override snapshots = () => this.list('ec2', 'DescribeSnapshots', () => this.state.snapshots.values());
  override databases = () => this.list('rds', 'DescribeDBInstances', () => this.state.databases.values());
  override functions = () => this.list('lambda', 'ListFunctions', () => this.state.functions.values());
  override buckets = () => this.list('s3', 'ListBuckets', () => this.state.buckets.values());
  override loadBalancers = () =>
    this.list('elb', 'DescribeLoadBalancers', () => this.state.loadBalancers.values());
  override logGroups = () => this.list('logs', 'DescribeLogGroups', () => this.state.logGroups.values());
  override instanceTypes = () =>
    this.list('ec2', 'DescribeInstanceTypes', () => this.state.instanceTypes.values());

  override async bucket(name: string): Promise<BucketDescription> {
    return this.world.read(this.scope, 's3', 'GetBucketLifecycleConfiguration', () =>
      need(this.state.buckets, name),
    );
  }

  private get state() {
    return this.world.at(this.scope);
  }

  private async *list<T>(service: string, operation: string, items: () => Iterable<T>): AsyncIterable<T> {
    yield* [...this.world.read(this.scope, service, operation, items)];
  }
}

export class MemoryMetrics extends Metrics {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {
    super();
  }

  override async series(queries: readonly MetricQuery[]): Promise<MetricPoints[]> {
    const { metric } = this.world.at(this.scope);
    return this.world.read(this.scope, 'cloudwatch', 'GetMetricData', () =>
      queries.map((query) => ({
        start: query.start,
        period: query.period,
        values: metric(query) ?? new Array<number | null>(gridLength(query)).fill(null),
      })),
    );
  }

  override async *dimensionsOf(
    namespace: string,
    metric: string,
  ): AsyncIterable<Readonly<Record<string, string>>> {
    const { metricDimensions } = this.world.at(this.scope);
    yield* this.world.read(
      this.scope,
      'cloudwatch',
      'ListMetrics',
      () => metricDimensions.get(`${namespace}/${metric}`) ?? [],
    );
  }
}

export class MemoryChangeTrail extends ChangeTrail {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {
    super();
  }

  override async *lookup({ by, value, since, until }: ChangeLookup): AsyncIterable<ChangeEvent> {
    const { changes } = this.world.at(this.scope);
    const meant = (event: ChangeEvent): boolean =>
      by === 'resource' ? event.resources.includes(value) : event.name === value;
    const found = changes.filter((event) => meant(event) && event.at >= since && event.at <= until);
    yield* this.world.read(this.scope, 'cloudtrail', 'LookupEvents', () =>
      found.sort((a, b) => (a.at < b.at ? 1 : -1)),
    );
  }
}

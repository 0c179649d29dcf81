import { agentSignals, databaseSignals, instanceSignals, volumeSignals } from './signals.js';
import type { Signals } from './signals.js';
import {
  balancerSignals,
  bucketSignals,
  functionSignals,
  logSignals,
  targetSignals,
} from './signals.traffic.js';
import type { Owned, World } from './world.js';

export type Dimensions = Readonly<Record<string, string>>;

/** How one CloudWatch namespace finds the series of a resource and names them all. */
interface Namespace {
  readonly find: (world: World, dimensions: Dimensions) => [owner: Owned, signals: Signals] | undefined;
  readonly dimensions: (world: World) => Iterable<Dimensions>;
}

const byId = <T extends Owned>(
  name: string,
  map: (world: World) => ReadonlyMap<string, T>,
  signals: (world: World, resource: T) => Signals,
): Namespace => ({
  find: (world, dimensions) => {
    const resource = map(world).get(dimensions[name] ?? '');
    return resource && only(dimensions, name) ? [resource, signals(world, resource)] : undefined;
  },
  dimensions: function* (world): Generator<Dimensions> {
    for (const id of map(world).keys()) yield { [name]: id };
  },
});

const only = (dimensions: Dimensions, ...names: string[]) =>
  Object.keys(dimensions).length === names.length && names.every((name) => name in dimensions);

const buckets: Namespace = {
  find: (world, dimensions) => {
    const bucket = world.buckets.get(dimensions['BucketName'] ?? '');
    if (!bucket || !only(dimensions, 'BucketName', 'StorageType')) return undefined;
    return [bucket, bucketSignals(world, bucket, dimensions['StorageType'] ?? '')];
  },
  dimensions: function* (world): Generator<Dimensions> {
    for (const BucketName of world.buckets.keys()) {
      yield { BucketName, StorageType: 'StandardStorage' };
      yield { BucketName, StorageType: 'AllStorageTypes' };
    }
  },
};

/** `app/name/id` of a load balancer's ARN, `targetgroup/name/id` of a target group's. */
export const balancerDimension = (arn: string): string => arn.split(':loadbalancer/')[1] ?? arn;
export const groupDimension = (arn: string): string => arn.split(':')[5] ?? arn;

const balancers = (type: 'application' | 'network'): Namespace => ({
  find: (world, dimensions) => {
    const balancer = find(
      world.loadBalancers,
      (arn) => balancerDimension(arn) === dimensions['LoadBalancer'],
    );
    if (!balancer || balancer.type !== type) return undefined;
    if (only(dimensions, 'LoadBalancer')) return [balancer, balancerSignals(world, balancer)];
    const group = find(world.targetGroups, (arn) => groupDimension(arn) === dimensions['TargetGroup']);
    if (!group?.loadBalancerArns.includes(balancer.arn)) return undefined;
    return only(dimensions, 'LoadBalancer', 'TargetGroup')
      ? [balancer, targetSignals(world, group, balancer)]
      : undefined;
  },
  dimensions: function* (world): Generator<Dimensions> {
    for (const balancer of world.loadBalancers.values()) {
      if (balancer.type === type) yield { LoadBalancer: balancerDimension(balancer.arn) };
    }
    for (const group of world.targetGroups.values()) {
      for (const arn of group.loadBalancerArns) {
        if (world.loadBalancers.get(arn)?.type !== type) continue;
        yield { TargetGroup: groupDimension(group.arn), LoadBalancer: balancerDimension(arn) };
      }
    }
  },
});

function find<T>(map: ReadonlyMap<string, T>, matches: (key: string) => boolean): T | undefined {
  for (const [key, value] of map) if (matches(key)) return value;
  return undefined;
}

export const NAMESPACES: Readonly<Record<string, Namespace>> = {
  'AWS/EC2': byId('InstanceId', (world) => world.instances, instanceSignals),
  CWAgent: byId('InstanceId', (world) => world.instances, agentSignals),
  'AWS/EBS': byId('VolumeId', (world) => world.volumes, volumeSignals),
  'AWS/RDS': byId('DBInstanceIdentifier', (world) => world.databases, databaseSignals),
  'AWS/Lambda': byId('FunctionName', (world) => world.functions, functionSignals),
  'AWS/Logs': byId('LogGroupName', (world) => world.logGroups, logSignals),
  'AWS/S3': buckets,
  'AWS/ApplicationELB': balancers('application'),
  'AWS/NetworkELB': balancers('network'),
};

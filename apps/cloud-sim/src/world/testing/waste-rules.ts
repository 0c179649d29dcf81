import { metricValues } from '../metrics.js';
import type { Instance, Owned, Volume, World } from '../world.js';
import { fits } from './sizing-rule.js';

/** The rules of the planted checks written a second time, in the plainest way, over what the AWS APIs would show. */
const DAY = 86_400_000;

export const skipped = ({ tags }: Owned): boolean =>
  tags['finops:exempt'] === 'true' ||
  Object.keys(tags).some((tag) => /^(aws:autoscaling:|aws:cloudformation:|eks:|kubernetes\.io\/)/.test(tag));

export function points(
  world: World,
  owner: Owned,
  metric: {
    namespace: string;
    metricName: string;
    dimensions: Record<string, string>;
    stat: string;
    days?: number;
  },
): number[] {
  const { days = 14, ...rest } = metric;
  const { accountId, region } = owner;
  const end = world.now;
  return metricValues(world, { accountId, region, ...rest, period: 300, start: end - days * DAY, end })
    .values;
}

const ec2 = (world: World, instance: Instance, metricName: string, stat: string) =>
  points(world, instance, {
    namespace: 'AWS/EC2',
    metricName,
    dimensions: { InstanceId: instance.id },
    stat,
  });

/** A series that many rules look at, computed once for each machine. */
function kept(metricName: string, stat: string): (world: World, instance: Instance) => readonly number[] {
  const known = new WeakMap<Instance, readonly number[]>();
  return (world, instance) => {
    const series = known.get(instance) ?? ec2(world, instance, metricName, stat);
    known.set(instance, series);
    return series;
  };
}

const cpuMaxima = kept('CPUUtilization', 'Maximum');
const networkOut = kept('NetworkOut', 'Sum');

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const max = (values: readonly number[]) => values.reduce((top, value) => (value > top ? value : top), 0);
const older = (world: World, at: number, days: number) => at <= world.now - days * DAY;

function observed(world: World, instance: Instance): boolean {
  const enough = cpuMaxima(world, instance).length >= 0.9 * 14 * 288;
  return (
    instance.state === 'running' && !skipped(instance) && older(world, instance.launchTime, 14) && enough
  );
}

export function isIdle(world: World, instance: Instance): boolean {
  if (!observed(world, instance) || max(cpuMaxima(world, instance)) >= 5) return false;
  const network = ec2(world, instance, 'NetworkIn', 'Sum').map(
    (value, i) => value + (networkOut(world, instance)[i] ?? 0),
  );
  for (let day = 0; day < 14; day += 1)
    if (sum(network.slice(day * 288, day * 288 + 288)) >= 5e6) return false;
  return true;
}

const familyOf = (type: string) => type.split('.')[0] ?? '';
const PREVIOUS = ['t2', 'm4', 'c4', 'r4'];

const instances = (world: World, test: (instance: Instance) => boolean) =>
  [...world.instances.values()].filter(test).map((instance) => instance.id);
const volumes = (world: World, test: (volume: Volume) => boolean) =>
  [...world.volumes.values()].filter((volume) => !skipped(volume) && test(volume)).map((volume) => volume.id);

function stoppedDays(world: World, instance: Instance): number {
  const at = /\((.*) GMT\)/.exec(instance.stateTransitionReason)?.[1];
  return at ? (world.now - Date.parse(`${at.replace(' ', 'T')}Z`)) / DAY : 0;
}

const eventAge = (world: World, name: string, resource: string) => {
  const found = world.trail.filter(
    (event) => event.eventName === name && event.resources.some((item) => item.name === resource),
  );
  return found.length ? (world.now - max(found.map((event) => event.eventTime))) / DAY : undefined;
};

function opsPeak(world: World, volume: Volume): number {
  const of = (metricName: string) =>
    points(world, volume, {
      namespace: 'AWS/EBS',
      metricName,
      dimensions: { VolumeId: volume.id },
      stat: 'Sum',
    });
  const writes = of('VolumeWriteOps');
  return max(of('VolumeReadOps').map((value, i) => (value + (writes[i] ?? 0)) / 300));
}

function gp3Saves(world: World, volume: Volume): boolean {
  const baseline = Math.min(16_000, Math.max(100, volume.size * 3));
  const need = Math.max(3000, Math.min(baseline, opsPeak(world, volume) * 1.2));
  return volume.size * 0.02 - (need - 3000) * 0.005 > 0;
}

const noPoints = (
  world: World,
  owner: Owned,
  namespace: string,
  metricName: string,
  dimensions: Record<string, string>,
) => max(points(world, owner, { namespace, metricName, dimensions, stat: 'Sum', days: 30 })) === 0;

const SERVERLESS: Record<string, (world: World) => string[]> = {
  'LAM-04': (world) =>
    [...world.functions.values()]
      .filter((fn) => !skipped(fn) && older(world, fn.lastModified, 30))
      .filter((fn) => noPoints(world, fn, 'AWS/Lambda', 'Invocations', { FunctionName: fn.name }))
      .map((fn) => fn.name),
  'S3-01': (world) =>
    [...world.buckets.values()]
      .filter((bucket) => !skipped(bucket) && !bucket.lifecycle)
      .map((bucket) => bucket.name),
  'S3-02': (world) =>
    [...world.buckets.values()]
      .filter(
        (bucket) => !skipped(bucket) && bucket.uploads.some((upload) => older(world, upload.initiated, 7)),
      )
      .filter((bucket) => !bucket.lifecycle?.some((rule) => (rule.abortIncompleteMultipartDays ?? 99) <= 7))
      .map((bucket) => bucket.name),
  'CW-01': (world) =>
    [...world.logGroups.values()]
      .filter((group) => !skipped(group) && group.retentionInDays === undefined && group.storedBytes > 0)
      .map((group) => group.name),
};

/** Check id → ids of the resources that break the rule. */
export const RULES: Record<string, (world: World) => string[]> = {
  ...SERVERLESS,
  'EC2-01': (world) => instances(world, (instance) => isIdle(world, instance)),
  'EC2-04': (world) =>
    instances(world, (instance) => {
      const previous = PREVIOUS.includes(familyOf(instance.instanceType));
      return !previous && observed(world, instance) && !isIdle(world, instance) && fits(world, instance);
    }),
  'EC2-05': (world) =>
    instances(
      world,
      (instance) => instance.state === 'stopped' && !skipped(instance) && stoppedDays(world, instance) > 30,
    ),
  'EC2-07': (world) =>
    instances(
      world,
      (instance) => observed(world, instance) && PREVIOUS.includes(familyOf(instance.instanceType)),
    ),
  'EBS-01': (world) =>
    volumes(
      world,
      (volume) => volume.state === 'available' && (eventAge(world, 'DetachVolume', volume.id) ?? 0) >= 32,
    ),
  'EBS-02': (world) => volumes(world, (volume) => volume.volumeType === 'gp2' && gp3Saves(world, volume)),
  'EBS-03': (world) =>
    volumes(
      world,
      (volume) =>
        /^io[12]$/.test(volume.volumeType) &&
        (volume.iops ?? 0) <= 16_000 &&
        opsPeak(world, volume) * 1.2 < 3000,
    ),
  'SNP-02': (world) => {
    const imaged = new Set([...world.images.values()].flatMap((image) => image.snapshotIds));
    return [...world.snapshots.values()]
      .filter(
        (snapshot) => !skipped(snapshot) && !world.volumes.has(snapshot.volumeId) && !imaged.has(snapshot.id),
      )
      .filter((snapshot) => older(world, snapshot.startTime, 30))
      .map((snapshot) => snapshot.id);
  },
  'NET-01': (world) =>
    [...world.addresses.values()]
      .filter((address) => !skipped(address))
      .filter((address) => {
        const running = world.instances.get(address.instanceId ?? '')?.state === 'running';
        return !running && (eventAge(world, 'AllocateAddress', address.allocationId) ?? 0) >= 7;
      })
      .map((address) => address.allocationId),
  'RDS-01': (world) =>
    [...world.databases.values()]
      .filter((db) => !skipped(db) && !db.readReplicaSource && older(world, db.createTime, 14))
      .filter((db) => {
        const dimensions = { DBInstanceIdentifier: db.id };
        const metric = {
          namespace: 'AWS/RDS',
          metricName: 'DatabaseConnections',
          dimensions,
          stat: 'Maximum',
        };
        return max(points(world, db, metric)) === 0;
      })
      .map((db) => db.id),
  'RDS-03': (world) =>
    [...world.databases.values()].filter((db) => !skipped(db) && db.storageType === 'gp2').map((db) => db.id),
  'ELB-01': (world) =>
    [...world.loadBalancers.values()]
      .filter((balancer) => !skipped(balancer) && older(world, balancer.createdTime, 7))
      .filter((balancer) =>
        [...world.targetGroups.values()].every(
          (group) => !group.loadBalancerArns.includes(balancer.arn) || group.targets.length === 0,
        ),
      )
      .map((balancer) => balancer.arn),
};

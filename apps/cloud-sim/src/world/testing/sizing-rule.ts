import { metricValues } from '../metrics.js';
import type { Instance, InstanceType, World } from '../world.js';

const DAY = 86_400_000;
const HEADROOM = 1.2;
const BASELINE: Record<string, number> = { nano: 0.05, micro: 0.1, small: 0.2, medium: 0.2, large: 0.3 };

/**
 * Whether any cheaper type of the same architecture, of whatever family, carries the 99.5th percentile of the
 * five-minute maxima with 20 % headroom: with and without the clock taken into account, the more willing answer wins.
 */
export function fits(world: World, instance: Instance): boolean {
  const known = answers.get(instance) ?? fitsCheaper(world, instance);
  answers.set(instance, known);
  return known;
}

/** Many specs ask, and a world does not change under them. */
const answers = new WeakMap<Instance, boolean>();

function fitsCheaper(world: World, instance: Instance): boolean {
  const current = world.instanceTypes.find((type) => type.name === instance.instanceType) as InstanceType;
  const demand = measure(world, instance, current);
  return world.instanceTypes.some(
    (type) =>
      type.architecture === current.architecture &&
      priceOf(world, type, instance.region) < priceOf(world, current, instance.region) * 0.99 &&
      carries(type, current, demand),
  );
}

interface Demand {
  readonly cpu: number;
  readonly meanCpu: number;
  readonly memoryMiB: number;
  readonly networkMbps: number;
  readonly ebsMbps: number;
  readonly ebsIops: number;
}

function carries(type: InstanceType, current: InstanceType, demand: Demand): boolean {
  const speed = Math.max(1, type.clockGHz / current.clockGHz);
  const size = type.name.split('.')[1] ?? '';
  const sustained = type.burstable ? (BASELINE[size] ?? 0.4) * type.vcpu : Infinity;
  return (
    demand.cpu <= type.vcpu * speed &&
    demand.meanCpu <= sustained &&
    demand.memoryMiB <= type.memoryMiB &&
    demand.networkMbps <= type.networkBaselineMbps &&
    demand.ebsMbps <= type.ebsBaselineMbps &&
    demand.ebsIops <= type.ebsBaselineIops
  );
}

function measure(world: World, instance: Instance, type: InstanceType): Demand {
  const read = (namespace: string, metricName: string, stat: string) =>
    metricValues(world, {
      accountId: instance.accountId,
      region: instance.region,
      namespace,
      metricName,
      dimensions: { InstanceId: instance.id },
      stat,
      period: 300,
      start: world.now - 14 * DAY,
      end: world.now,
    }).values;
  const disk = (name: string): number => (quantile(read('AWS/EC2', name, 'Sum')) / 300) * HEADROOM;
  const memory = read('CWAgent', 'mem_used_percent', 'Maximum');
  const averages = read('AWS/EC2', 'CPUUtilization', 'Average');
  const network =
    quantile(read('AWS/EC2', 'NetworkIn', 'Sum')) + quantile(read('AWS/EC2', 'NetworkOut', 'Sum'));
  return {
    cpu: (quantile(read('AWS/EC2', 'CPUUtilization', 'Maximum')) / 100) * HEADROOM * type.vcpu,
    meanCpu: (averages.reduce((a, b) => a + b, 0) / averages.length / 100) * type.vcpu,
    memoryMiB: memory.length ? (quantile(memory, 1) / 100) * HEADROOM * type.memoryMiB : type.memoryMiB,
    networkMbps: ((network * 8) / 300 / 1e6) * HEADROOM,
    ebsMbps: ((disk('EBSReadBytes') + disk('EBSWriteBytes')) * 8) / 1e6,
    ebsIops: disk('EBSReadOps') + disk('EBSWriteOps'),
  };
}

function quantile(values: readonly number[], q = 0.995): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

const lists = new WeakMap<World, ReadonlyMap<string, number>>();

function priceOf(world: World, type: InstanceType, region: string): number {
  const list = lists.get(world) ?? readPrices(world);
  lists.set(world, list);
  return list.get(`${region}/${type.name}`) ?? NaN;
}

function readPrices(world: World): ReadonlyMap<string, number> {
  const boxes = world.prices.filter((item) => item.productFamily === 'Compute Instance');
  return new Map(
    boxes.map((item) => [`${item.region}/${item.attributes['instanceType']}`, Number(item.usd)]),
  );
}

import type { Evidence, InstanceTypeSpec, ResourceOf } from '@trimtab/contracts';
import { HOURS_PER_MONTH, approximate } from '@trimtab/kernel';
import { quantile } from '@trimtab/timeseries';
import type { Verdict } from '../check.js';
import { clean, defineCheck, found, undecided } from '../check.js';
import type { Facts } from '../facts.js';
import type { Reading } from '../metric-reading.js';
import { complete, highest, metricEvidence, reading, total } from '../metric-reading.js';
import type { DiskDemand } from './disk-demand.js';
import { diskDemand } from './disk-demand.js';
import { added, removed, savingOf } from '../usage.js';
import type { Saving } from '../usage.js';

type Instance = ResourceOf<'ec2:instance'>;

/** What an instance needs, in absolute units, headroom included. */
export interface Demand {
  /** vCPU × GHz of the current processor. */
  readonly compute: number;
  /** Mean vCPUs, for burstable types. */
  readonly meanVcpu: number;
  readonly memoryMiB: number;
  readonly networkMbps: number;
  readonly disk: DiskDemand;
  readonly memoryMeasured: boolean;
  readonly cpu: Reading;
  readonly cpuQuantile: number;
}

interface SizingLimits {
  readonly quantile: number;
  readonly headroom: number;
}

/** Baseline share of a vCPU that burstable sizes may use for ever (EC2 user guide, T instances). */
const BURST_BASELINE: Readonly<Record<string, number>> = {
  nano: 0.05,
  micro: 0.1,
  small: 0.2,
  medium: 0.2,
  large: 0.3,
  xlarge: 0.4,
};

/**
 * Demand by the rule that Compute Optimizer publishes: the quantile of the 5-minute maxima with headroom. What is not
 * measured (memory, the rates of volumes) is never shrunk. Undefined without enough datapoints of CPU.
 */
export function demandOf(
  instance: Instance,
  current: InstanceTypeSpec,
  facts: Facts,
  limits: SizingLimits,
): Demand | undefined {
  const cpu = reading(instance, 'CPUUtilization', 'Maximum');
  if (!complete(cpu)) return undefined;
  const memory = reading(instance, 'mem_used_percent');
  const measured = complete(memory);
  const share = quantile(cpu.values, limits.quantile) / 100;
  return {
    compute: share * limits.headroom * current.vcpu * current.clockGHz,
    meanVcpu: (total(cpu.values) / cpu.values.length / 100) * current.vcpu,
    memoryMiB: measured
      ? (highest(memory.values) / 100) * limits.headroom * current.memoryMiB
      : current.memoryMiB,
    networkMbps: networkPeak(instance, limits) * limits.headroom,
    disk: diskDemand(instance, current, facts, limits),
    memoryMeasured: measured,
    cpu,
    cpuQuantile: share * 100,
  };
}

/** Mbit/s at the quantile of the sums of both directions. */
function networkPeak(instance: Instance, limits: SizingLimits): number {
  const both = ['NetworkIn', 'NetworkOut'].map((metric) => reading(instance, metric, 'Sum'));
  const [into, out] = both;
  if (!into?.values.length || !out?.values.length) return 0;
  const bits = (one: Reading): number => (quantile(one.values, limits.quantile) * 8) / one.period / 1e6;
  return bits(into) + bits(out);
}

/** A faster processor does the same work with fewer vCPUs; a slower one is not counted against a candidate's maker. */
export function carries(type: InstanceTypeSpec, current: InstanceTypeSpec, demand: Demand): boolean {
  const clock = Math.max(type.clockGHz, current.clockGHz);
  const sustained = type.burstable
    ? (BURST_BASELINE[type.instanceType.split('.')[1] ?? ''] ?? 0.4) * type.vcpu
    : Infinity;
  return (
    demand.compute <= type.vcpu * clock &&
    demand.meanVcpu <= sustained &&
    demand.memoryMiB <= type.memoryMiB &&
    demand.networkMbps <= type.networkBaselineMbps &&
    demand.disk.mbps <= type.ebsBaselineMbps &&
    demand.disk.iops <= type.ebsBaselineIops
  );
}

export function changeSaving(instance: Instance, to: string, facts: Facts): Saving | undefined {
  const from = instance.attributes.instanceType;
  const before = facts.prices.instance(instance.region, from);
  const after = facts.prices.instance(instance.region, to);
  if (!before || !after) return undefined;
  const lines = [
    removed(`BoxUsage:${from}`, HOURS_PER_MONTH, 'h', before),
    added(`BoxUsage:${to}`, HOURS_PER_MONTH, 'h', after),
  ];
  return savingOf(lines, instance, facts.rates);
}

/** The cheapest type by list price that carries the demand and saves at least `minimumShare` of the current price. */
function cheapest(
  instance: Instance,
  current: InstanceTypeSpec,
  demand: Demand,
  facts: Facts,
  minimumShare: number,
): InstanceTypeSpec | undefined {
  const price = (type: string): number =>
    approximate(facts.prices.instance(instance.region, type) ?? { amount: 'Infinity', currency: '' });
  const limit = price(current.instanceType) * (1 - minimumShare);
  const fitting = [...facts.instanceTypes()].filter(
    (type) =>
      type.architecture === current.architecture &&
      type.currentGeneration &&
      price(type.instanceType) <= limit &&
      carries(type, current, demand),
  );
  return fitting.sort(
    (a, b) => price(a.instanceType) - price(b.instanceType) || (a.instanceType < b.instanceType ? -1 : 1),
  )[0];
}

/** Over-provisioned instance: the cheapest type whose every specification covers the measured demand. */
export const rightSize = defineCheck({
  id: 'EC2-04',
  title: 'Right-size the instance',
  resourceType: 'ec2:instance',
  risk: 'M',
  rank: 'right-size',
  limits: { quantile: 0.995, headroom: 1.2, minimumAgeDays: 14, minimumSavingShare: 0.05 },
  concerns: ({ attributes }: Instance, facts, limits) =>
    attributes.state === 'running' && facts.ageDays(attributes.launchedAt) >= limits.minimumAgeDays,
  judge(instance: Instance, facts, limits): Verdict {
    const { instanceType } = instance.attributes;
    const current = facts.instanceType(instanceType);
    if (!current) return undecided(`the specification of ${instanceType} is not known`);
    // A previous generation is first moved to its successor (EC2-07).
    if (!current.currentGeneration) return clean;
    const demand = demandOf(instance, current, facts, limits);
    if (!demand) return undecided('too few datapoints of CPU');
    const target = cheapest(instance, current, demand, facts, limits.minimumSavingShare);
    const saving = target && changeSaving(instance, target.instanceType, facts);
    if (!target || !saving) return clean;
    return found({
      action: { kind: 'ec2.resize-instance', parameters: { instanceType: target.instanceType } },
      saving,
      evidence: evidenceOf(demand, current, target),
      confidence: demand.memoryMeasured ? 'high' : 'medium',
      notes: notesOf(demand),
    });
  },
});

const notesOf = ({ memoryMeasured, disk }: Demand): string[] => [
  ...(memoryMeasured ? [] : ['cpu-only: memory is not measured, so it is not reduced.']),
  ...(disk.measured ? [] : ['Some volume is not measured, so the baseline to EBS is not reduced.']),
];

function evidenceOf(demand: Demand, from: InstanceTypeSpec, to: InstanceTypeSpec): Evidence[] {
  const shape = (type: InstanceTypeSpec): string =>
    `${type.instanceType}: ${type.vcpu} vCPU, ${type.memoryMiB} MiB`;
  const needed = { kind: 'metric' } as const;
  return [
    metricEvidence(demand.cpu, 'CPU at the quantile of the 5-minute maxima', demand.cpuQuantile),
    {
      ...needed,
      name: 'memory needed, headroom included',
      value: Math.round(demand.memoryMiB),
      unit: 'MiB',
      threshold: to.memoryMiB,
    },
    {
      ...needed,
      name: 'network needed, headroom included',
      value: Number(demand.networkMbps.toFixed(1)),
      unit: 'Mbit/s',
      threshold: to.networkBaselineMbps,
    },
    {
      ...needed,
      name: 'EBS throughput needed, headroom included',
      value: Number(demand.disk.mbps.toFixed(1)),
      unit: 'Mbit/s',
      threshold: to.ebsBaselineMbps,
    },
    {
      ...needed,
      name: 'EBS operations needed, headroom included',
      value: Math.ceil(demand.disk.iops),
      unit: 'IOPS',
      threshold: to.ebsBaselineIops,
    },
    { kind: 'attribute', name: 'from', value: shape(from) },
    { kind: 'attribute', name: 'to', value: shape(to) },
  ];
}

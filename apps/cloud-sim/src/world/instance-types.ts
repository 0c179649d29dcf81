import { readFileSync } from 'node:fs';
import type { InstanceType } from './world.js';

interface Row {
  readonly type: InstanceType;
  readonly usdPerHour: number;
}

/** Throws a RangeError for a type that is not in the catalogue. */
export function instanceTypeRow(name: string): Row {
  const row = byName.get(name);
  if (!row) throw new RangeError(`Instance type ${name} is not in data/ec2-instance-types.csv: add its row.`);
  return row;
}

function readRows(): Row[] {
  const text = readFileSync(new URL('./data/ec2-instance-types.csv', import.meta.url), 'utf8');
  return text.trim().split('\n').slice(1).map(parseRow);
}

function parseRow(line: string): Row {
  const [name = '', vcpu, clock, arch, memory, network, ebs, hypervisor, usd] = line.split(',');
  const [family = '', size = ''] = name.split('.');
  const generation = Number(/\d/.exec(family)?.[0]);
  const networkBaselineMbps = Number(network) || XEN_NETWORK[size] || 250;
  const disk = ebsBaseline(family, generation, size, Number(ebs));
  return {
    usdPerHour: Number(usd),
    type: {
      name,
      vcpu: Number(vcpu),
      memoryMiB: Number(memory),
      architecture: arch === 'arm64' ? 'arm64' : 'x86_64',
      clockGHz: Number(clock) / 1000,
      currentGeneration: !PREVIOUS.has(family),
      burstable: family.startsWith('t'),
      hypervisor: hypervisor === 'xen' ? 'xen' : 'nitro',
      networkBaselineMbps,
      networkPeakMbps: Math.max(networkBaselineMbps, networkBurst(family, generation)),
      ebsBaselineMbps: disk.mbps,
      ebsBaselineIops: disk.iops,
      instanceStorage: false,
    },
  };
}

const PREVIOUS = new Set(['t2', 'm4', 'c4', 'r4']);

/** Older types have no published baseline; these are cautious figures for "low to moderate" and "moderate". */
const XEN_NETWORK: Record<string, number> = {
  nano: 32,
  micro: 64,
  small: 128,
  medium: 256,
  large: 450,
  xlarge: 750,
  '2xlarge': 1000,
  '4xlarge': 2000,
};

function networkBurst(family: string, generation: number): number {
  if (family.startsWith('t')) return family === 't2' ? 1000 : 5000;
  return generation >= 6 ? 12500 : generation === 5 ? 10000 : 0;
}

const BURSTABLE_EBS: Record<string, [number, number]> = {
  nano: [43, 250],
  micro: [87, 500],
  small: [174, 1000],
  medium: [347, 2000],
};
const SIZE_EBS: Record<string, [number, number]> = {
  medium: [315, 2500],
  large: [630, 3600],
  xlarge: [1150, 6000],
  '2xlarge': [2300, 12000],
  '4xlarge': [4750, 18750],
};

function ebsBaseline(family: string, generation: number, size: string, maximum: number) {
  if (family.startsWith('t')) return pair(BURSTABLE_EBS[size] ?? [695, 4000]);
  const row = generation >= 5 ? SIZE_EBS[size] : undefined;
  return pair(row ?? [maximum, Math.round(maximum * 4)]);
}

const pair = ([mbps, iops]: [number, number]) => ({ mbps, iops });

/**
 * The catalogue of EC2 types: vCPU, memory, clock, network and price come from data/ec2-instance-types.csv; EBS
 * and burst figures, which that source lacks, follow AWS's published size classes per generation.
 */
export const instanceTypeRows: readonly Row[] = readRows();
export const instanceTypes: readonly InstanceType[] = instanceTypeRows.map((row) => row.type);
const byName = new Map(instanceTypeRows.map((row) => [row.type.name, row]));

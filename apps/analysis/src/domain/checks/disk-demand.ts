import type { InstanceTypeSpec, ResourceOf } from '@trimtab/contracts';
import { quantile } from '@trimtab/timeseries';
import type { Facts } from '../facts.js';
import type { Reading } from '../metric-reading.js';
import { complete, reading } from '../metric-reading.js';

type Volume = ResourceOf<'ec2:volume'>;

/** What the volumes of an instance ask of its connection to EBS, reads and writes of all of them together. */
export interface DiskDemand {
  readonly mbps: number;
  readonly iops: number;
  /** false = some volume was not measured: then it is what the type of today gives, so that nothing is taken away. */
  readonly measured: boolean;
}

interface Limits {
  readonly quantile: number;
  readonly headroom: number;
}

/** The quantile of each volume's rates, as if all had theirs at the same time, with headroom. */
export function diskDemand(
  { accountId, attributes }: ResourceOf<'ec2:instance'>,
  current: InstanceTypeSpec,
  facts: Facts,
  limits: Limits,
): DiskDemand {
  const volumes = attributes.volumeIds.map((id) => facts.find('ec2:volume', accountId, id));
  const sum = (metrics: readonly string[]): number =>
    volumes.flatMap((volume) => metrics.map((metric) => rateOf(volume, metric, limits))).reduce(add, 0);
  const iops = sum(['VolumeReadOps', 'VolumeWriteOps']) * limits.headroom;
  const mbps = (sum(['VolumeReadBytes', 'VolumeWriteBytes']) * limits.headroom * 8) / 1e6;
  return Number.isNaN(iops + mbps)
    ? { mbps: current.ebsBaselineMbps, iops: current.ebsBaselineIops, measured: false }
    : { mbps, iops, measured: true };
}

const add = (a: number, b: number): number => a + b;

/** Per second; NaN where the volume was not read or not measured. Peaks of five minutes where they are known. */
function rateOf(volume: Volume | undefined, metric: string, limits: Limits): number {
  if (!volume) return NaN;
  const peaks = reading(volume, metric, 'Maximum');
  if (complete(peaks)) return quantile(peaks.values, limits.quantile);
  const sums: Reading | undefined = reading(volume, metric, 'Sum');
  return complete(sums) ? quantile(sums.values, limits.quantile) / sums.period : NaN;
}

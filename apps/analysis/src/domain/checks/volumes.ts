import type { ResourceOf } from '@trimtab/contracts';
import { DAY_MS } from '@trimtab/kernel';
import type { Verdict } from '../check.js';
import { clean, defineCheck, found, undecided } from '../check.js';
import type { Facts } from '../facts.js';
import { complete, highest, reading } from '../metric-reading.js';
import { savingOf } from '../usage.js';
import { changeLines, GP3_FREE, listCost, volumeLines } from './volume-cost.js';

type Volume = ResourceOf<'ec2:volume'>;

/** How far back CloudTrail's event history reaches. */
const TRAIL_DAYS = 90;

/**
 * Since when a volume is unattached. Without a detach event in the 90 days that CloudTrail keeps, an older volume has
 * been unattached for at least that long, and a younger one was never attached.
 */
function unattachedSince(volume: Volume, facts: Facts): string | undefined {
  const { detachedAt } = volume.attributes;
  if (detachedAt || !volume.createdAt) return detachedAt;
  if (facts.ageDays(volume.createdAt) < TRAIL_DAYS) return volume.createdAt;
  return new Date(facts.asOf.getTime() - TRAIL_DAYS * DAY_MS).toISOString();
}

/** Unattached volume: Compute Optimizer's 32 days. */
export const unattachedVolume = defineCheck({
  id: 'EBS-01',
  title: 'Snapshot and delete the unattached volume',
  resourceType: 'ec2:volume',
  risk: 'H',
  rank: 'delete',
  limits: { unattachedDays: 32 },
  judge(volume: Volume, facts, limits): Verdict {
    if (volume.attributes.state !== 'available') return clean;
    const since = unattachedSince(volume, facts);
    if (!since) return undecided('since when the volume is unattached is not known');
    const days = facts.ageDays(since);
    if (days < limits.unattachedDays) return clean;
    return found({
      action: { kind: 'ebs.delete-volume', parameters: { snapshotFirst: true } },
      saving: savingOf(volumeLines(volume, facts.prices, { lessSnapshot: true }), volume, facts.rates),
      evidence: [
        {
          kind: 'age',
          name: 'unattached for',
          value: Math.floor(days),
          unit: 'days',
          threshold: limits.unattachedDays,
        },
        { kind: 'attribute', name: 'size', value: volume.attributes.sizeGiB, unit: 'GiB' },
        { kind: 'attribute', name: 'volume type', value: volume.attributes.volumeType },
      ],
      notes: ['The saving is less the snapshot at the full size of the volume, which is its upper bound.'],
    });
  },
});

/** Highest operations and MiB per second of a volume, reads and writes together; undefined without metrics. */
function peaks(volume: Volume): { iops: number; throughputMiBps: number } | undefined {
  const iops = peakRate(volume, ['VolumeReadOps', 'VolumeWriteOps']);
  const bytes = peakRate(volume, ['VolumeReadBytes', 'VolumeWriteBytes']);
  return iops === undefined || bytes === undefined ? undefined : { iops, throughputMiBps: bytes / 1_048_576 };
}

/** The peak rates per hour are added as if reads and writes peaked together: never below the true peak. */
function peakRate(volume: Volume, metrics: readonly [string, string]): number | undefined {
  const [reads, writes] = metrics.map((metric) => reading(volume, metric, 'Maximum'));
  if (!complete(reads) || !complete(writes)) return undefined;
  return highest(reads.values.map((value, i) => value + (writes.values[i] ?? 0)));
}

const GP2 = {
  iopsPerGiB: 3,
  minimum: 100,
  maximum: 16_000,
  throughputMiBps: 250,
  smallThroughput: 128,
  smallGiB: 170,
} as const;

/** Baseline of gp2 (Amazon EBS user guide): 3 IOPS per GiB within 100..16,000; 128 MiB/s up to 170 GiB, else 250. */
function gp2Baseline(sizeGiB: number): { iops: number; throughputMiBps: number } {
  const iops = Math.min(GP2.maximum, Math.max(GP2.minimum, GP2.iopsPerGiB * sizeGiB));
  return { iops, throughputMiBps: sizeGiB <= GP2.smallGiB ? GP2.smallThroughput : GP2.throughputMiBps };
}

interface Gp3 {
  readonly volumeType: 'gp3';
  readonly sizeGiB: number;
  readonly iops: number;
  readonly throughputMiBps: number;
}

/** The gp3 volume that carries what was needed, never less than gp3 includes and never more than is there today. */
function gp3For(volume: Volume, cap: { iops: number; throughputMiBps: number }, headroom: number): Gp3 {
  const peak = peaks(volume);
  const need = (free: number, observed: number | undefined, limit: number): number =>
    Math.ceil(Math.max(free, observed === undefined ? limit : Math.min(limit, observed * headroom)));
  return {
    volumeType: 'gp3',
    sizeGiB: volume.attributes.sizeGiB,
    iops: need(GP3_FREE.iops, peak?.iops, cap.iops),
    throughputMiBps: need(GP3_FREE.throughputMiBps, peak?.throughputMiBps, cap.throughputMiBps),
  };
}

function toGp3(volume: Volume, target: Gp3, facts: Facts): Verdict {
  const { attributes, region } = volume;
  if (listCost(attributes, region, facts.prices) - listCost(target, region, facts.prices) <= 0) return clean;
  const peak = peaks(volume);
  return found({
    action: {
      kind: 'ebs.modify-volume',
      parameters: { volumeType: 'gp3', iops: target.iops, throughputMiBps: target.throughputMiBps },
    },
    saving: savingOf(changeLines(attributes, target, region, facts.prices), volume, facts.rates),
    evidence: [
      { kind: 'attribute', name: 'volume type', value: attributes.volumeType },
      { kind: 'attribute', name: 'size', value: attributes.sizeGiB, unit: 'GiB' },
      {
        kind: 'metric',
        name: 'highest IOPS',
        value: peak ? Math.round(peak.iops) : 'not measured',
        threshold: target.iops,
      },
      {
        kind: 'metric',
        name: 'highest throughput',
        value: peak ? Number(peak.throughputMiBps.toFixed(1)) : 'not measured',
        unit: 'MiB/s',
        threshold: target.throughputMiBps,
      },
    ],
    confidence: peak ? 'high' : 'medium',
    notes: peak ? [] : ['Without metrics the new volume keeps the performance of the old one.'],
  });
}

/** gp2 costs more than gp3 for the same performance at nearly every size. */
export const gp2Volume = defineCheck({
  id: 'EBS-02',
  title: 'Change the gp2 volume to gp3',
  resourceType: 'ec2:volume',
  risk: 'L',
  rank: 'type',
  limits: { headroom: 1.2 },
  judge(volume: Volume, facts, limits): Verdict {
    const { volumeType, state, sizeGiB } = volume.attributes;
    if (volumeType !== 'gp2' || state !== 'in-use') return clean;
    return toGp3(volume, gp3For(volume, gp2Baseline(sizeGiB), limits.headroom), facts);
  },
});

/** Provisioned IOPS that gp3 can carry. */
export const provisionedVolume = defineCheck({
  id: 'EBS-03',
  title: 'Change the provisioned-IOPS volume to gp3',
  resourceType: 'ec2:volume',
  risk: 'M',
  rank: 'type',
  limits: { headroom: 1.2, maximumIops: 16_000, maximumThroughputMiBps: 1_000 },
  judge(volume: Volume, facts, limits): Verdict {
    const { volumeType, state, iops = 0 } = volume.attributes;
    if (!/^io[12]$/.test(volumeType) || state !== 'in-use' || iops > limits.maximumIops) return clean;
    const peak = peaks(volume);
    if (!peak) return undecided('no metrics of the volume');
    // Sustained use near the provisioned rate means that the latency class was chosen on purpose.
    if (peak.iops * limits.headroom > iops / 2 || peak.throughputMiBps > limits.maximumThroughputMiBps)
      return clean;
    const cap = { iops, throughputMiBps: limits.maximumThroughputMiBps };
    return toGp3(volume, gp3For(volume, cap, limits.headroom), facts);
  },
});

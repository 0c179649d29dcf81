import type { ResourceOf } from '@trimtab/contracts';
import { timesMoney } from '@trimtab/kernel';
import type { PriceBook } from '../price-book.js';
import type { UsageLine } from '../usage.js';
import { added, removed } from '../usage.js';

type Volume = ResourceOf<'ec2:volume'>;

/** A volume's shape as it is priced. */
export interface VolumeShape {
  readonly volumeType: string;
  readonly sizeGiB: number;
  readonly iops?: number | undefined;
  readonly throughputMiBps?: number | undefined;
}

/** What gp3 includes in the price of its size. */
export const GP3_FREE = { iops: 3_000, throughputMiBps: 125 } as const;

const SIZE: Readonly<Record<string, string>> = { io1: 'EBS:VolumeUsage.piops', standard: 'EBS:VolumeUsage' };
const IOPS: Readonly<Record<string, string>> = {
  io1: 'EBS:VolumeP-IOPS.piops',
  io2: 'EBS:VolumeP-IOPS.io2',
  gp3: 'EBS:VolumeP-IOPS.gp3',
};
const THROUGHPUT = 'EBS:VolumeP-Throughput.gp3';
const MIB_PER_GIB = 1_024;

const sizeUsage = (volumeType: string): string => SIZE[volumeType] ?? `EBS:VolumeUsage.${volumeType}`;

/** What a volume is charged for per month: size, and what it has above the included IOPS and throughput. */
function charges({
  volumeType,
  sizeGiB,
  iops = 0,
  throughputMiBps = 0,
}: VolumeShape): [usage: string, quantity: number, unit: string][] {
  const gp3 = volumeType === 'gp3';
  return [
    [sizeUsage(volumeType), sizeGiB, 'GB-Mo'],
    [IOPS[volumeType] ?? '', Math.max(0, iops - (gp3 ? GP3_FREE.iops : 0)), 'IOPS-Mo'],
    // The price list counts throughput in GiB/s, volumes in MiB/s.
    [
      gp3 ? THROUGHPUT : '',
      Math.max(0, throughputMiBps - GP3_FREE.throughputMiBps) / MIB_PER_GIB,
      'GiBps-Mo',
    ],
  ];
}

/** The monthly usage of a volume with its list prices. */
export function usageOf(shape: VolumeShape, region: string, prices: PriceBook): UsageLine[] {
  return charges(shape).flatMap(([usage, quantity, unit]) => {
    const price = usage !== '' && quantity > 0 ? prices.price('AmazonEC2', region, usage) : undefined;
    return price ? [removed(usage, quantity, unit, price)] : [];
  });
}

/** What goes when a volume goes; `lessSnapshot` subtracts a snapshot of its whole size, which is the upper bound. */
export function volumeLines(
  volume: Volume,
  prices: PriceBook,
  { lessSnapshot }: { lessSnapshot: boolean },
): UsageLine[] {
  const lines = usageOf(volume.attributes, volume.region, prices);
  const snapshot = prices.snapshotGb(volume.region);
  if (!lessSnapshot || !snapshot) return lines;
  return [...lines, added('EBS:SnapshotUsage', volume.attributes.sizeGiB, 'GB-Mo', snapshot)];
}

/** From one shape to another: the old usage is removed, the new one added. */
export function changeLines(
  from: VolumeShape,
  to: VolumeShape,
  region: string,
  prices: PriceBook,
): UsageLine[] {
  const later = usageOf(to, region, prices).map((line) => ({ ...line, quantity: -line.quantity }));
  return [...usageOf(from, region, prices), ...later];
}

/** List cost per month. */
export const listCost = (shape: VolumeShape, region: string, prices: PriceBook): number =>
  usageOf(shape, region, prices).reduce(
    (sum, line) => sum + Number(timesMoney(line.price, String(line.quantity)).amount),
    0,
  );

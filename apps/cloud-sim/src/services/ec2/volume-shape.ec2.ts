import { AwsError } from '../../aws-error.js';
import type { Volume } from '../../world/world.js';

type VolumeType = Volume['volumeType'];

export interface Shape {
  readonly volumeType: VolumeType;
  readonly size: number;
  readonly iops?: number;
  readonly throughput?: number;
}

interface Limits {
  readonly size: readonly [min: number, max: number];
  readonly iops?: readonly [min: number, max: number];
  /** Most IOPS per GiB. */
  readonly ratio?: number;
  readonly throughput?: readonly [min: number, max: number];
}

/** What EC2 accepts per volume type: GiB, IOPS and MiB/s (EC2 user guide, EBS volume types). */
const limits: Readonly<Record<VolumeType, Limits>> = {
  gp2: { size: [1, 16_384] },
  gp3: { size: [1, 65_536], iops: [3000, 80_000], ratio: 500, throughput: [125, 2000] },
  io1: { size: [4, 16_384], iops: [100, 64_000], ratio: 50 },
  io2: { size: [4, 65_536], iops: [100, 256_000], ratio: 1000 },
  st1: { size: [125, 16_384] },
  sc1: { size: [125, 16_384] },
  standard: { size: [1, 1024] },
};

export function volumeTypeOf(name: string): VolumeType {
  if (!Object.hasOwn(limits, name)) {
    throw new AwsError('InvalidParameterValue', `Value (${name}) for parameter volumeType is invalid.`);
  }
  return name as VolumeType;
}

/** Throws what EC2 answers when a volume of this shape cannot exist. */
export function checkShape(shape: Shape): void {
  const limit = limits[shape.volumeType];
  within('Volume size', shape.size, limit.size, shape.volumeType);
  checkSetting('iops', shape.iops, limit.iops, shape.volumeType);
  checkSetting('throughput', shape.throughput, limit.throughput, shape.volumeType);
  const free = shape.volumeType === 'gp3' ? 3000 : 0;
  const most = Math.max(free, (limit.ratio ?? Infinity) * shape.size);
  if (shape.iops !== undefined && shape.iops > most) {
    throw new AwsError(
      'InvalidParameterValue',
      `Iops to volume size ratio of ${shape.iops}/${shape.size} is too high.`,
    );
  }
  if ((shape.volumeType === 'io1' || shape.volumeType === 'io2') && shape.iops === undefined) {
    throw new AwsError(
      'MissingParameter',
      `The parameter iops must be specified for ${shape.volumeType} volumes.`,
    );
  }
}

function checkSetting(name: string, value: number | undefined, range: Limits['iops'], type: string): void {
  if (value === undefined) return;
  if (!range) {
    throw new AwsError(
      'InvalidParameterCombination',
      `The parameter ${name} is not supported for ${type} volumes.`,
    );
  }
  within(`Volume ${name}`, value, range, type);
}

function within(what: string, value: number, [min, max]: readonly [number, number], type: string): void {
  if (value >= min && value <= max) return;
  throw new AwsError(
    'InvalidParameterValue',
    `${what} of ${value} is not between ${min} and ${max} for ${type} volumes.`,
  );
}

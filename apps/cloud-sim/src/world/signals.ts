import { hashText } from './random.js';
import { dailyWave, usageLevel, wander, weekFactor } from './usage-curve.js';
import type { Database, Instance, UsageProfile, Volume, World } from './world.js';

/** Local names: the sandbox that tests run in makes every look-up of a global slow, and these run a million times. */
const { max, min, round } = Math;

export const FIVE_MINUTES = 300_000;
export const DAY = 24 * 60 * 60_000;

/** The source of one CloudWatch series: `value` is the mean of the samples in the interval that starts at `time`. */
export interface Signal {
  readonly seed: number;
  /** Epoch ms: no datapoint before or after. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Samples per step: Sum = mean × samples. */
  readonly samples: number;
  /** Maximum ÷ mean − 1 of the samples in one step, at most. */
  readonly spread: number;
  readonly ceiling: number;
  readonly value: (time: number) => number;
}

export type Signals = Readonly<Record<string, () => Signal>>;

interface Frame {
  readonly world: World;
  readonly id: string;
  readonly from: number;
  readonly to?: number;
}

export function signal(
  frame: Frame,
  name: string,
  value: Signal['value'],
  more: Partial<Signal> = {},
): Signal {
  return {
    seed: hashText(frame.world.seed, `${frame.id}/${name}`),
    from: frame.from,
    to: min(frame.world.now, frame.to ?? Infinity),
    step: FIVE_MINUTES,
    samples: 5,
    spread: 0.06,
    ceiling: Infinity,
    value,
    ...more,
  };
}

/** A stopped machine reports nothing after its stop, which its state reason tells; a terminated one likewise. */
export function runningUntil(instance: Instance): number {
  if (instance.state === 'running' || instance.state === 'pending') return Infinity;
  const text = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT\)/.exec(instance.stateTransitionReason);
  return text ? Date.parse(`${text[1]}T${text[2]}Z`) : instance.launchTime;
}

export function instanceSignals(world: World, instance: Instance): Signals {
  const { usage, region, launchTime } = instance;
  const from = max(launchTime, usage.reportsFrom ?? 0);
  const frame: Frame = { world, id: instance.id, from, to: runningUntil(instance) };
  const seed = hashText(world.seed, instance.id);
  const level = (time: number) => usageLevel(usage, seed, time, region);
  const relative = (time: number) => (usage.peak > 0 ? min(1, level(time) / usage.peak) : 0);
  const network = (name: string, share: number) => () =>
    signal(frame, name, (time) => usage.networkPeak * share * 60 * relative(time));
  const disks = instance.volumeIds.flatMap((id) => world.volumes.get(id) ?? []);
  const disk = (name: string, of: (volume: Volume) => number) => () => {
    const peak = disks.reduce((sum, volume) => sum + of(volume), 0);
    return signal(frame, name, (time) => peak * 60 * relative(time));
  };
  return {
    CPUUtilization: () => signal(frame, 'cpu', (time) => 100 * level(time), { ceiling: 100 }),
    NetworkIn: network('in', 0.55),
    NetworkOut: network('out', 0.45),
    NetworkPacketsIn: network('packets-in', 0.55 / 900),
    NetworkPacketsOut: network('packets-out', 0.45 / 900),
    EBSReadOps: disk('ebs-read-ops', (volume) => volume.peakIops * READ_SHARE),
    EBSWriteOps: disk('ebs-write-ops', (volume) => volume.peakIops * (1 - READ_SHARE)),
    EBSReadBytes: disk('ebs-read-bytes', (volume) => volume.peakBytesPerSecond * READ_SHARE),
    EBSWriteBytes: disk('ebs-write-bytes', (volume) => volume.peakBytesPerSecond * (1 - READ_SHARE)),
    StatusCheckFailed: () => signal(frame, 'status', () => 0),
  };
}

const READ_SHARE = 0.4;

export function agentSignals(world: World, instance: Instance): Signals {
  const memory = instance.usage.memory;
  if (!memory) return {};
  const from = max(instance.launchTime, instance.usage.reportsFrom ?? 0);
  const frame: Frame = { world, id: instance.id, from, to: runningUntil(instance) };
  const seed = hashText(world.seed, `${instance.id}/memory`);
  const profile: UsageProfile = { ...instance.usage, ...memory, noise: 0.01, weeklyJob: undefined };
  const value = (time: number) => 100 * usageLevel(profile, seed, time, instance.region);
  return { mem_used_percent: () => signal(frame, 'mem', value, { ceiling: 100, spread: 0.02 }) };
}

/** Only an attached volume of a running machine reports. */
export function volumeSignals(world: World, volume: Volume): Signals {
  const attached = volume.attachedTo;
  const instance = attached && world.instances.get(attached.instanceId);
  if (!attached || !instance) return {};
  const from = max(volume.createTime, attached.attachTime);
  const frame: Frame = { world, id: volume.id, from, to: runningUntil(instance) };
  const seed = hashText(world.seed, volume.id);
  const wave = (time: number) =>
    min(
      1,
      0.15 +
        0.8 * dailyWave(time, volume.region) * weekFactor(time, volume.region) +
        0.05 * wander(seed, time),
    );
  const rate = (name: string, perSecond: number) => () =>
    signal(frame, name, (time) => perSecond * 60 * wave(time), { spread: 0.03, ceiling: perSecond * 60 });
  return {
    VolumeReadOps: rate('read-ops', volume.peakIops * READ_SHARE),
    VolumeWriteOps: rate('write-ops', volume.peakIops * (1 - READ_SHARE)),
    VolumeReadBytes: rate('read-bytes', volume.peakBytesPerSecond * READ_SHARE),
    VolumeWriteBytes: rate('write-bytes', volume.peakBytesPerSecond * (1 - READ_SHARE)),
  };
}

const GIB = 1024 ** 3;
const DB_MEMORY: Record<string, number> = { medium: 4, large: 8, xlarge: 16, '2xlarge': 32 };

export function databaseSignals(world: World, database: Database): Signals {
  if (database.status === 'stopped') return {};
  const { usage, region } = database;
  const frame: Frame = { world, id: database.id, from: database.createTime };
  const seed = hashText(world.seed, database.id);
  const level = (time: number) => usageLevel(usage, seed, time, region);
  const relative = (time: number) => min(1, level(time) / usage.peak);
  const size = database.dbInstanceClass.split('.')[2] ?? 'large';
  const memory = (DB_MEMORY[size] ?? 8) * (database.dbInstanceClass.startsWith('db.r') ? 2 : 1) * GIB;
  const used = usage.memory ?? { base: 0.3, peak: 0.3 };
  const connections = (time: number) =>
    database.connectionsPeak === 0
      ? 0
      : max(1, round(database.connectionsPeak * (0.2 + 0.8 * relative(time))));
  const age = (time: number) => (world.now - time) / (90 * DAY);
  const ops = database.connectionsPeak * 4;
  return {
    CPUUtilization: () => signal(frame, 'cpu', (time) => 100 * level(time), { ceiling: 100 }),
    DatabaseConnections: () =>
      signal(frame, 'connections', connections, { ceiling: database.connectionsPeak }),
    FreeStorageSpace: () =>
      signal(frame, 'storage', (time) => database.allocatedStorage * GIB * (0.35 + 0.05 * age(time)), {
        spread: 0,
      }),
    FreeableMemory: () =>
      signal(frame, 'memory', (time) => memory * (1 - used.base - (used.peak - used.base) * relative(time)), {
        spread: 0.01,
      }),
    ReadIOPS: () => signal(frame, 'read', (time) => ops * 0.6 * relative(time)),
    WriteIOPS: () => signal(frame, 'write', (time) => ops * 0.4 * relative(time)),
  };
}

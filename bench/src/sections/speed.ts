import type { Floor, FloorMeter } from '../floor.js';
import { load } from '../load.js';
import type { Load } from '../load.js';
import { median, medians, rounded } from '../statistics.js';
import type { System } from '../system.js';

export const LEVELS = [1, 16, 128] as const;
export type Level = (typeof LEVELS)[number];
export type ByLevel = Readonly<Record<Level, number>>;

/** Medians over the rounds of one system. */
export interface Speed {
  readonly wfPerSecond: ByLevel;
  /** Milliseconds from the request to start until the end was heard, one workflow at a time. */
  readonly idleMs: { readonly p50: number; readonly p99: number };
  /** Processor seconds of the engine's own processes per 1,000 workflows at 128 concurrent. */
  readonly cpuSecondsPer1000: { readonly 128: number };
  /** PSS at 128 concurrent of the engine's own processes and its broker. */
  readonly memoryMb: number;
  readonly detail: {
    readonly latencyMs: Readonly<Record<Level, { readonly p50: number; readonly p99: number }>>;
    readonly cpuSecondsPer1000: Readonly<Record<string, number>>;
    readonly memoryMb: Readonly<Record<string, number>>;
    /** Workflows per second, round by round. */
    readonly rounds: readonly ByLevel[];
  };
}

export interface Ratios {
  /** Workflows per second of Trimtab ÷ those of the other. */
  readonly wfPerSecond: ByLevel;
  /** Idle latency of the other ÷ that of Trimtab. */
  readonly idleP50: number;
}

/** What is measured beside: other engines, and the loop that is none. */
export type Peer = 'dbos' | 'restate' | 'bare';
export type Systems = { readonly trimtab: Speed } & { readonly [P in Peer]?: Speed };

export interface SpeedResult {
  readonly rounds: number;
  readonly systems: Systems;
  readonly floor: Floor;
  readonly ratios: { readonly [P in Peer]?: Ratios } & {
    /** Idle latency of Trimtab ÷ the floor's sequence. */
    readonly idleP50ToFloor: number;
  };
}

type Round = Readonly<Record<Level, Load>>;

export interface SpeedOptions {
  readonly rounds: number;
  readonly windowMs: number;
  /** Sequences of the floor in each round. */
  readonly sequences: number;
  readonly say: (line: string) => void;
}

/** Rounds in which the systems take turns, so that the moods of the machine fall on all of them. */
export async function measureSpeed(
  systems: readonly System[],
  floor: FloorMeter,
  { rounds, windowMs, sequences, say }: SpeedOptions,
): Promise<SpeedResult> {
  for (const system of systems) {
    say(`${system.name} warms up`);
    await load(system, { concurrency: 128, windowMs: 2 * windowMs });
  }
  const found = new Map<string, Round[]>(systems.map(({ name }) => [name, []]));
  const floors: Floor[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    floors.push(await floor.measure(sequences));
    for (const system of turned(systems, round)) {
      const loads = await measureLevels(system, windowMs);
      found.get(system.name)?.push(loads);
      const rates = LEVELS.map((level) => rounded(loads[level].wfPerSecond)).join(', ');
      say(`round ${round}: ${system.name} ${rates} workflows/s at ${LEVELS.join(', ')} concurrent`);
    }
  }
  const speeds = Object.fromEntries(systems.map((s) => [s.name, speedOf(s, found.get(s.name) ?? [])]));
  return resultOf(speeds as unknown as Systems, floorOf(floors));
}

async function measureLevels(system: System, windowMs: number): Promise<Round> {
  const loads: [Level, Load][] = [];
  for (const level of LEVELS) loads.push([level, await load(system, { concurrency: level, windowMs })]);
  return Object.fromEntries(loads) as unknown as Round;
}

/** Another one begins in each round. */
const turned = <Item>(items: readonly Item[], by: number): Item[] =>
  items.map((_, i) => items[(i + by) % items.length] as Item);

/** What several rounds of one system come to. */
export function speedOf({ processes }: Pick<System, 'processes'>, rounds: readonly Round[]): Speed {
  const at = <Value>(level: Level, read: (one: Load) => Value): Value[] =>
    rounds.map((round) => read(round[level]));
  const byLevel = <Value>(read: (level: Level) => Value): Record<Level, Value> =>
    Object.fromEntries(LEVELS.map((level) => [level, read(level)])) as Record<Level, Value>;
  const latencyMs = byLevel((level) => medians(at(level, (one) => one.latencyMs)));
  const cpu = medians(at(128, (one) => one.cpuSecondsPer1000));
  const memory = medians(at(128, (one) => one.memoryMb));
  const sum = (of: Readonly<Record<string, number>>, counted: readonly string[]): number =>
    rounded(
      processes.filter((p) => counted.includes(p.counts)).reduce((all, p) => all + (of[p.name] ?? 0), 0),
    );
  return {
    wfPerSecond: byLevel((level) => rounded(median(at(level, (one) => one.wfPerSecond)))),
    idleMs: latencyMs[1],
    cpuSecondsPer1000: { 128: sum(cpu, ['cpu and memory']) },
    memoryMb: sum(memory, ['cpu and memory', 'memory']),
    detail: {
      latencyMs,
      cpuSecondsPer1000: cpu,
      memoryMb: memory,
      rounds: rounds.map((round) => byLevel((level) => rounded(round[level].wfPerSecond))),
    },
  };
}

const floorOf = (floors: readonly Floor[]): Floor => ({
  sequenceMs: medians(floors.map(({ sequenceMs }) => sequenceMs)),
  ...medians(floors.map(({ commitMs, roundTripMs }) => ({ commitMs, roundTripMs }))),
});

/** The ratios are those of the medians, so that anybody can check them. */
export function resultOf(systems: Systems, floor: Floor): SpeedResult {
  const { trimtab, ...peers } = systems;
  const against = Object.entries(peers).map(([name, peer]) => [name, ratiosOf(trimtab, peer)]);
  return {
    rounds: trimtab.detail.rounds.length,
    systems,
    floor,
    ratios: {
      ...(Object.fromEntries(against) as { [P in Peer]?: Ratios }),
      idleP50ToFloor: rounded(trimtab.idleMs.p50 / floor.sequenceMs.p50),
    },
  };
}

const ratiosOf = (ours: Speed, theirs: Speed): Ratios => ({
  wfPerSecond: Object.fromEntries(
    LEVELS.map((level) => [level, rounded(ours.wfPerSecond[level] / theirs.wfPerSecond[level])]),
  ) as ByLevel,
  idleP50: rounded(theirs.idleMs.p50 / ours.idleMs.p50),
});

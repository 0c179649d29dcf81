import { cpus, totalmem } from 'node:os';
import { startBare } from './bare/bare.js';
import { peerDifferences } from './differences.js';
import { FloorMeter } from './floor.js';
import type { Ground } from './ground.js';
import type { Options, Section } from './options.js';
import { peerVersions, startPeers } from './peers.js';
import type { Machine, Report } from './report.js';
import { measureAppend } from './sections/append.js';
import { measureColdStart } from './sections/cold-start.js';
import { measureFanOut } from './sections/fan-out.js';
import { measureGrowth } from './sections/growth.js';
import { measureSpeed } from './sections/speed.js';
import { WORKER_CONCURRENCY } from './stack.js';
import { Trimtab } from './trimtab.js';

export const say = (line: string): void => void process.stderr.write(`${line}\n`);

const sizes = {
  full: { windowMs: 5_000, sequences: 100, tasks: 10_000, finishedRuns: 100_000, openRuns: 10_000, turns: 5 },
  quick: { windowMs: 2_000, sequences: 30, tasks: 1_000, finishedRuns: 5_000, openRuns: 1_000, turns: 3 },
} as const;

/** Measures the sections that were asked for, one after the other. */
export async function measure(ground: Ground, options: Options): Promise<Report> {
  const { telemetry, stored, quick, peers } = options;
  return {
    benchmark: 'orchestrator',
    at: new Date().toISOString(),
    machine: machine(),
    settings: {
      ...{ quick, telemetry, stored, workerConcurrency: WORKER_CONCURRENCY },
      ...(peers && { peers: peerVersions() }),
    },
    ...(await sections(ground, options)),
    differences: peers ? peerDifferences : [],
  };
}

type Measured = Omit<Report, 'benchmark' | 'at' | 'machine' | 'settings' | 'differences'>;

async function sections(ground: Ground, options: Options): Promise<Measured> {
  const { telemetry, stored, quick } = options;
  const engine = { telemetry, stored };
  const { turns, windowMs, tasks, finishedRuns, openRuns } = sizes[quick ? 'quick' : 'full'];
  const asked = <Result>(section: Section, work: () => Promise<Result>): Promise<Result> | undefined => {
    if (!options.sections.includes(section)) return undefined;
    say(`── ${section}`);
    return work();
  };
  let started: Promise<Trimtab> | undefined;
  const trimtab = () => (started ??= Trimtab.start(ground, 'trimtab', engine));
  const result = {
    ...(await asked('speed', async () => speed(ground, await trimtab(), options))),
    fanOut: await asked('fan-out', async () => measureFanOut(await trimtab(), tasks)),
  };
  await (await started)?.stack.stopPrograms();
  return {
    ...result,
    append: await asked('append', async () =>
      measureAppend(await ground.database(), { rounds: turns, windowMs: windowMs / 2 }),
    ),
    growth: await asked('growth', () =>
      measureGrowth(ground, { finishedRuns, rounds: turns, windowMs, engine, say }),
    ),
    coldStart: await asked('cold-start', () => measureColdStart({ openRuns, engine, say })),
  };
}

async function speed(ground: Ground, trimtab: Trimtab, { rounds, quick, peers, bare }: Options) {
  const floor = await FloorMeter.open(await ground.database(), trimtab.stack.nats.url);
  ground.onClose(() => floor.close());
  const systems = [
    trimtab,
    ...(peers ? await startPeers(ground) : []),
    ...(bare ? [await startBare(ground)] : []),
  ];
  const { windowMs, sequences } = sizes[quick ? 'quick' : 'full'];
  return measureSpeed(systems, floor, { rounds, windowMs, sequences, say });
}

const machine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
});

/** `npm run bench -- orchestrator`: what the engine costs, beside its floor and, if asked for, beside others. */
import { cpus, totalmem } from 'node:os';
import { peerDifferences } from './differences.js';
import { FloorMeter } from './floor.js';
import { Ground } from './ground.js';
import { parseOptions } from './options.js';
import type { Options } from './options.js';
import { peerVersions, startPeers } from './peers.js';
import { tableOf } from './report.js';
import type { Machine, Report } from './report.js';
import { profileEngine } from './sections/profile.js';
import type { Profile } from './sections/profile.js';
import { measureSpeed } from './sections/speed.js';
import type { SpeedResult } from './sections/speed.js';
import { WORKER_CONCURRENCY } from './stack.js';
import { Trimtab } from './trimtab.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(options: Options): Promise<void> {
  const ground = await Ground.open();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void ground.close().finally(() => process.exit(130)));
  }
  try {
    const { json } = options;
    if (options.profile) {
      const profiles = await profileEngine(ground, { ...options, windowMs: options.quick ? 5_000 : 15_000 });
      print(json ? profiles : profileTable(profiles));
    } else {
      const report = await measure(ground, options);
      print(json ? report : tableOf(report));
    }
  } finally {
    await ground.close();
  }
}

const print = (what: object | string): void =>
  void process.stdout.write(`${typeof what === 'string' ? what : JSON.stringify(what, null, 2)}\n`);

const profileTable = (profiles: Readonly<Record<string, Profile>>): string =>
  Object.entries(profiles)
    .flatMap(([process, { packages, functions }]) => [
      `${process}: percent of its busy time`,
      ...[...packages.slice(0, 15), ...functions].map(
        ({ where, percent }) => `${String(percent).padStart(6)}  ${where}`,
      ),
      '',
    ])
    .join('\n');

async function measure(ground: Ground, options: Options): Promise<Report> {
  const trimtab = await Trimtab.start(ground, 'trimtab', { telemetry: options.telemetry });
  const has = (section: Options['sections'][number]): boolean => options.sections.includes(section);
  return {
    benchmark: 'orchestrator',
    at: new Date().toISOString(),
    machine: machine(),
    settings: {
      quick: options.quick,
      telemetry: options.telemetry,
      workerConcurrency: WORKER_CONCURRENCY,
      ...(options.peers && { peers: peerVersions() }),
    },
    ...(has('speed') && (await speed(ground, trimtab, options))),
    differences: options.peers ? peerDifferences : [],
  };
}

async function speed(ground: Ground, trimtab: Trimtab, options: Options): Promise<SpeedResult> {
  const floor = await FloorMeter.open(await ground.database(), trimtab.stack.nats.url);
  ground.onClose(() => floor.close());
  const { rounds, quick, peers } = options;
  const systems = [trimtab, ...(peers ? await startPeers(ground) : [])];
  return measureSpeed(systems, floor, {
    rounds,
    windowMs: quick ? 2_000 : 5_000,
    sequences: quick ? 30 : 100,
    say,
  });
}

const machine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
});

await main(parseOptions(process.argv.slice(2))).catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
process.exit();

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from '../ground.js';
import { hotSpots } from '../hot-spots.js';
import type { CpuProfile, HotSpot, Profile } from '../hot-spots.js';
import { load } from '../load.js';
import type { StackOptions } from '../stack.js';
import { Trimtab } from '../trimtab.js';

/** One engine under 128 concurrent workflows for a while; its processes tell where their time went. */
export async function profileEngine(
  ground: Ground,
  engine: StackOptions,
  windowMs: number,
): Promise<Record<string, Profile>> {
  const folder = join(ground.folder, 'profiles');
  mkdirSync(folder);
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const trimtab = await Trimtab.start(ground, 'profiled', { ...engine, nodeArgs });
  const { orchestrator, worker } = trimtab.stack.pids;
  await load(trimtab, { concurrency: 128, windowMs });
  await trimtab.stack.stopPrograms();
  const read = (pid: number): Profile => {
    // `CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile`
    const file = readdirSync(folder).find((name) => name.split('.')[3] === String(pid));
    if (!file) throw new Error(`process ${pid} left no profile`);
    return hotSpots(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile);
  };
  return { orchestrator: read(orchestrator), worker: read(worker) };
}

/** For people: packages, functions by themselves, functions of this repository with all that they call. */
export const profileTable = (profiles: Readonly<Record<string, Profile>>): string =>
  Object.entries(profiles)
    .flatMap(([process, { packages, functions, within }]) => [
      `${process}, percent of its busy time after it was loaded: by package`,
      ...packages.slice(0, 15).map(line),
      'by function, without what it calls',
      ...functions.map(line),
      'by function of this repository, with what it calls',
      ...within.map(line),
      '',
    ])
    .join('\n');

const line = ({ where, percent }: HotSpot): string => `${String(percent).padStart(6)}  ${where}`;

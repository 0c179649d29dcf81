import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from '../ground.js';
import { load } from '../load.js';
import type { StackOptions } from '../stack.js';
import { Trimtab } from '../trimtab.js';

/** What `node --cpu-prof` writes, as far as it is read here. Times are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface HotSpot {
  readonly where: string;
  /** Share of the process's busy time, in percent, without what the function calls. */
  readonly percent: number;
}

export interface Profile {
  readonly functions: readonly HotSpot[];
  /** The same by package. */
  readonly packages: readonly HotSpot[];
}

const IDLE = new Set(['(idle)', '(program)', '(root)']);

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

/** The functions and packages that most of the busy time was spent in. */
export function hotSpots({ nodes, samples, timeDeltas }: CpuProfile, top = 30): Profile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [functions, packages] = [new Map<string, number>(), new Map<string, number>()];
  let busy = 0;
  samples.forEach((id, i) => {
    const frame = frames.get(id);
    if (!frame || IDLE.has(frame.functionName)) return;
    const time = timeDeltas[i] ?? 0;
    busy += time;
    const place = placeOf(frame.url);
    const name = `${frame.functionName || '(anonymous)'} ${place}:${frame.lineNumber + 1}`;
    functions.set(name, (functions.get(name) ?? 0) + time);
    const owner = packageOf(frame.url, frame.functionName);
    packages.set(owner, (packages.get(owner) ?? 0) + time);
  });
  const ranked = (of: Map<string, number>): HotSpot[] =>
    [...of]
      .sort(([, a], [, b]) => b - a)
      .slice(0, top)
      .map(([where, time]) => ({ where, percent: Math.round((time / busy) * 1_000) / 10 }));
  return { functions: ranked(functions), packages: ranked(packages) };
}

const placeOf = (url: string): string =>
  url.replace(/^file:\/\//, '').replace(/^.*\/(?=(node_modules|libs|apps|bench)\/)/, '');

function packageOf(url: string, functionName: string): string {
  if (url === '') return functionName === '(garbage collector)' ? functionName : '(native)';
  if (url.startsWith('node:')) return 'node';
  const place = placeOf(url);
  const dependency = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place);
  return dependency?.[1] ?? place.split('/').slice(0, 2).join('/');
}

/** For people: the packages, then the functions. */
export const profileTable = (profiles: Readonly<Record<string, Profile>>): string =>
  Object.entries(profiles)
    .flatMap(([process, { packages, functions }]) => [
      `${process}: percent of its busy time`,
      ...[...packages.slice(0, 15), ...functions].map(
        ({ where, percent }) => `${String(percent).padStart(6)}  ${where}`,
      ),
      '',
    ])
    .join('\n');

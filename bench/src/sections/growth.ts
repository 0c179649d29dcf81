import { fillStore } from '../fill-store.js';
import type { Ground } from '../ground.js';
import { load } from '../load.js';
import type { Load } from '../load.js';
import type { StackOptions } from '../stack.js';
import { median, rounded } from '../statistics.js';
import { Trimtab } from '../trimtab.js';

export interface Growth {
  readonly finishedRuns: number;
  /** Processor time per workflow of all processes, Postgres and NATS among them: with the finished runs ÷ without. */
  readonly cpuRatio: number;
  /** Time per workflow at 128 concurrent: with ÷ without. */
  readonly timeRatio: number;
}

export interface GrowthOptions {
  readonly finishedRuns: number;
  readonly rounds: number;
  readonly windowMs: number;
  readonly engine: StackOptions;
  readonly say: (line: string) => void;
}

/** Two engines, one on a full store and one on an empty one, take turns. */
export async function measureGrowth(
  ground: Ground,
  { finishedRuns, rounds, windowMs, engine, say }: GrowthOptions,
): Promise<Growth> {
  const empty = await Trimtab.start(ground, 'empty', engine);
  const full = await Trimtab.start(ground, 'full', engine);
  await full.run(1);
  await full.stack.stopPrograms();
  say(`filling a store with ${finishedRuns} finished runs`);
  await fillStore(full.stack.databaseUrl, finishedRuns);
  await full.stack.startPrograms();
  const measure = (trimtab: Trimtab): Promise<Load> => load(trimtab, { concurrency: 128, windowMs });
  for (const trimtab of [empty, full]) await measure(trimtab);
  const found: { cpu: number; time: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [without, having] = [await measure(empty), await measure(full)];
    found.push({
      cpu: cpuOf(having) / cpuOf(without),
      time: without.wfPerSecond / having.wfPerSecond,
    });
  }
  for (const trimtab of [empty, full]) await trimtab.stack.stopPrograms();
  return {
    finishedRuns,
    cpuRatio: rounded(median(found.map(({ cpu }) => cpu))),
    timeRatio: rounded(median(found.map(({ time }) => time))),
  };
}

const cpuOf = ({ cpuSecondsPer1000 }: Load): number =>
  Object.values(cpuSecondsPer1000).reduce((sum, seconds) => sum + seconds, 0);

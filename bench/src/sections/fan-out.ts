import { setTimeout as sleep } from 'node:timers/promises';
import { rounded } from '../statistics.js';
import type { Trimtab } from '../trimtab.js';
import { memoryMb } from '../usage.js';

export interface FanOut {
  readonly tasks: number;
  /** Of each run, from the request until its end was heard. */
  readonly seconds: readonly number[];
  /** PSS of orchestrator and worker: before, and the highest during each run. Flat: no run needs more than the one before. */
  readonly memoryMb: { readonly before: number; readonly peaks: readonly number[] };
}

const LOOK_MS = 200;

/** One run with as many tasks as `tasks`, three times over. */
export async function measureFanOut(trimtab: Trimtab, tasks: number): Promise<FanOut> {
  const items = Array.from({ length: tasks }, (_, i) => i);
  const before = engineMb(trimtab);
  const [seconds, peaks]: [number[], number[]] = [[], []];
  for (let run = 0; run < 3; run += 1) {
    const from = performance.now();
    const peak = await highest(trimtab, trimtab.client.run('wide', { items }));
    seconds.push(rounded((performance.now() - from) / 1_000));
    peaks.push(rounded(peak));
  }
  return { tasks, seconds, memoryMb: { before: rounded(before), peaks } };
}

async function highest(trimtab: Trimtab, work: Promise<unknown>): Promise<number> {
  let [peak, going] = [0, true];
  const done = work.finally(() => (going = false));
  while (going) {
    peak = Math.max(peak, engineMb(trimtab));
    await Promise.race([done, sleep(LOOK_MS)]);
  }
  await done;
  return peak;
}

function engineMb({ stack }: Trimtab): number {
  const { orchestrator, worker } = stack.pids;
  return memoryMb(orchestrator) + memoryMb(worker);
}

import { toErrorInfo } from '@trimtab/kernel';
import type { RunMemory } from './run-memory.js';
import type { World } from './world.js';

const PAGE = 1_000;

/** Brings the open runs of a partition into memory, page by page, but those that rest; resolves with their number. */
export async function loadOpenRuns(
  world: Pick<World, 'log' | 'logger'>,
  partition: number,
  memory: RunMemory,
  isGone: () => boolean,
): Promise<number> {
  let count = 0;
  for (let after: string | undefined; !isGone();) {
    const page = await world.log.openRuns(partition, after, PAGE);
    const awake = page.filter(({ data }) => !(data as { passive?: boolean } | undefined)?.passive);
    await loadAll(
      world,
      memory,
      awake.map(({ run }) => run),
    );
    count += awake.length;
    after = page.at(-1)?.run;
    if (page.length < PAGE) break;
  }
  return count;
}

/** One that cannot be loaded for what is stored of it is left to the watchdog: the others go on. */
async function loadAll(
  { logger }: Pick<World, 'logger'>,
  memory: RunMemory,
  runIds: readonly string[],
): Promise<void> {
  const found = await Promise.allSettled(runIds.map((runId) => memory.find(runId)));
  for (const [i, one] of found.entries()) {
    if (one.status === 'fulfilled') continue;
    const error: unknown = one.reason;
    if (toErrorInfo(error).retry === 'later') throw error;
    logger.error('an open run cannot be loaded', { runId: runIds[i], error });
  }
}

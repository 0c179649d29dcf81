import type { Cleanup, PeopleRequest } from '@trimtab/contracts';
import type { World } from './world.js';
import type { ArchivedPart, RunArchives } from '../outbound/run-archives.js';

/** Runs in one archive, and in one command: the rest is left for the next, so that an answer never takes long. */
const PART = 250;
const MOST = 1_000;
const DAY_MS = 86_400_000;

/** Archives terminal runs that ended long enough ago and deletes them; a preview only counts. */
export async function cleanUp(
  archives: RunArchives,
  request: PeopleRequest<'cleanup-runs'>,
  now: Date,
): Promise<Cleanup> {
  const before = new Date(now.getTime() - request.olderThanDays * DAY_MS).toISOString();
  if (request.preview) {
    return { preview: true, before, ...(await archives.log.count(before)), archives: [], remaining: 0 };
  }
  const { idempotencyKey: key, actor, reason } = request;
  const parts = await archives.done(key);
  for (let done = 0; parts.length === 0 || (done > 0 && done < MOST);) {
    const runs = await archives.log.archivable(before, PART);
    if (runs.length === 0) break;
    parts.push(await archives.archive(runs, { key, before, actor, reason }));
    done += runs.length;
  }
  const { runs: remaining } = await archives.log.count(before);
  return { preview: false, before, ...sum(parts), remaining };
}

/** Archives and deletes all that ended more days ago than it is kept for; nothing when that is not configured. */
export async function retain(
  { archives, clock, logger }: Pick<World, 'archives' | 'clock' | 'logger'>,
  days: number | undefined,
): Promise<void> {
  if (days === undefined) return;
  const now = clock.now();
  const about = { olderThanDays: days, preview: false, actor: 'retention', reason: `kept for ${days} days` };
  for (let remaining = 1, part = 0; remaining > 0; part += 1) {
    const idempotencyKey = `retention/${now.toISOString()}/${part}`;
    const done = await cleanUp(archives, { ...about, idempotencyKey }, now);
    if (done.runs > 0) logger.info('old runs were archived and deleted', { runs: done.runs, days });
    remaining = done.runs === 0 ? 0 : done.remaining;
  }
}

function sum(parts: readonly ArchivedPart[]): Pick<Cleanup, 'runs' | 'events' | 'byStatus' | 'archives'> {
  const byStatus: Record<string, number> = {};
  for (const part of parts)
    for (const [status, count] of Object.entries(part.byStatus))
      byStatus[status] = (byStatus[status] ?? 0) + count;
  return {
    runs: parts.reduce((total, { runs }) => total + runs, 0),
    events: parts.reduce((total, { events }) => total + events, 0),
    byStatus,
    archives: parts.map(({ archive }) => archive),
  };
}

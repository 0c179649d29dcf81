import type { Cleanup, PeopleRequest } from '@trimtab/contracts';
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

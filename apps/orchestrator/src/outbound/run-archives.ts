import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { publicEvent } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Artifacts, RunArchive, Sql, StoredRun } from '@trimtab/event-store';
import type { ArtifactRef } from '@trimtab/kernel';
import type { Announcements } from './announcements.js';

export interface ArchivedPart {
  readonly archive: ArtifactRef;
  readonly runs: number;
  readonly events: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

export interface ArchiveOrder {
  /** Idempotency key of the command. */
  readonly key: string;
  readonly before: string;
  readonly actor: string;
  readonly reason?: string;
}

interface Row {
  readonly archive: string;
  readonly runs: number;
  readonly events: number;
  readonly by_status: string;
}

/** Old runs as gzipped NDJSON in the artifact store: first kept for good, then deleted, in one transaction with the note of it. */
export class RunArchives {
  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
    readonly log: RunArchive,
    private readonly artifacts: Artifacts,
    private readonly announcements: Announcements,
    private readonly newId: () => string,
  ) {}

  /** What the command with this key has archived before. */
  async done(key: string): Promise<ArchivedPart[]> {
    const rows = await rowsOf<Row>(
      this.sql,
      `SELECT archive, runs, events, by_status FROM ${this.schema}.archives WHERE key = $1 ORDER BY at, id`,
      [key],
    );
    return rows.map(({ archive, runs, events, by_status }) => ({
      archive: JSON.parse(archive) as ArtifactRef,
      runs,
      events,
      byStatus: JSON.parse(by_status) as Record<string, number>,
    }));
  }

  /** Archives and deletes these runs. Throws `archive.changed` (later); then nothing was deleted. */
  async archive(runs: readonly StoredRun[], order: ArchiveOrder): Promise<ArchivedPart> {
    let events = 0;
    const lines = this.lines(runs, () => (events += 1));
    const gzip = Readable.from(lines).pipe(createGzip());
    const archive = await this.artifacts.put(gzip, { mediaType: 'application/gzip', count: runs.length });
    const byStatus: Record<string, number> = {};
    for (const { status } of runs) byStatus[status] = (byStatus[status] ?? 0) + 1;
    const part = { archive, runs: runs.length, events, byStatus };
    await this.announcements.commit(async (tx, say) => {
      await this.log.remove(tx, runs);
      await this.note(tx, part, order);
      const { actor, reason = null, before } = order;
      const data = { archive, runIds: runs.map(({ run }) => run), before, actor, reason };
      say(publicEvent('trimtab.run.archived.v1', `archive/${archive.digest}`, data));
    });
    return part;
  }

  private async note(tx: Sql, part: ArchivedPart, order: ArchiveOrder): Promise<void> {
    const { archive, runs, events, byStatus } = part;
    await tx.query(
      `INSERT INTO ${this.schema}.archives (id, key, before, actor, reason, archive, runs, events, by_status)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        this.newId(),
        order.key,
        order.before,
        order.actor,
        order.reason ?? null,
        JSON.stringify(archive),
        runs,
        events,
        JSON.stringify(byStatus),
      ],
    );
  }

  /** One line per run, then one per event of it. */
  private async *lines(runs: readonly StoredRun[], counted: () => void): AsyncGenerator<string> {
    for (const run of runs) {
      yield `${JSON.stringify({ kind: 'run', ...run })}\n`;
      for await (const event of this.log.history(run.stream)) {
        counted();
        yield `${JSON.stringify({ kind: 'event', ...event })}\n`;
      }
    }
  }
}

import { publicEvent } from '@trimtab/contracts';
import type { RunArchiveView } from '@trimtab/contracts';
import { ARCHIVE_TYPE, packArchive, rowsOf } from '@trimtab/event-store';
import type { ArchiveLine, Artifacts, RunArchive, Sql, StoredRun } from '@trimtab/event-store';
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

/** Old runs as NDJSON.zst in the artifact store: first kept for good, then deleted, in one transaction with the note of it. */
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

  /** Newest first. */
  async list(limit: number): Promise<RunArchiveView[]> {
    const rows = await rowsOf<Row & { before: Date; actor: string; reason: string | null; at: Date }>(
      this.sql,
      `SELECT archive, runs, events, by_status, before, actor, reason, at FROM ${this.schema}.archives
       ORDER BY at DESC, id LIMIT $1`,
      [limit],
    );
    return rows.map(({ archive, by_status, before, at, ...row }) => ({
      ...row,
      archive: JSON.parse(archive) as ArtifactRef,
      byStatus: JSON.parse(by_status) as Record<string, number>,
      before: before.toISOString(),
      at: at.toISOString(),
    }));
  }

  /** Archives and deletes these runs. Throws `archive.changed` (later); then nothing was deleted. */
  async archive(runs: readonly StoredRun[], order: ArchiveOrder): Promise<ArchivedPart> {
    let events = 0;
    const lines = this.lines(runs, () => (events += 1));
    const archive = await this.artifacts.put(packArchive(lines), {
      mediaType: ARCHIVE_TYPE,
      count: runs.length,
    });
    await this.artifacts.verify(archive);
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
  private async *lines(runs: readonly StoredRun[], counted: () => void): AsyncGenerator<ArchiveLine> {
    for (const run of runs) {
      yield { kind: 'run', ...run };
      for await (const event of this.log.history(run.stream)) {
        counted();
        yield { kind: 'event', ...event };
      }
    }
  }
}

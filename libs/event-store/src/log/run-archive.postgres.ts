import type pg from 'pg';
import { AppError } from '@trimtab/kernel';
import { schemaName } from '../sql/connection.js';
import type { Sql } from '../sql/sql.js';
import { rowsOf } from '../sql/sql.js';
import type { StoredEvent, StoredRun } from './event.js';
import type { EventRow, RunRow } from './rows.js';
import { toEvent, toRun } from './rows.js';

/** How many runs, by status, with how many events. */
export interface ArchivableCount {
  readonly runs: number;
  readonly events: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

/**
 * Takes terminal runs out of the log. A run may go when nothing was written to it for so long, every reader of the log
 * with a checkpoint has passed its last event, and no open run is waiting for it (`data.parent` names that run).
 */
export class RunArchive {
  private readonly schema: string;

  constructor(
    private readonly pool: pg.Pool,
    schema: string,
  ) {
    this.schema = schemaName(schema);
  }

  /** Runs that may go, the oldest first. */
  async archivable(before: string, limit: number): Promise<StoredRun[]> {
    const rows = await rowsOf<RunRow>(
      this.pool,
      `SELECT run, partition, stream, status, terminal, version, data, updated_at
       FROM ${this.old()} ORDER BY updated_at, run LIMIT $2`,
      [before, limit],
    );
    const runs = rows.map(toRun);
    const open = await this.openAmong(runs.flatMap((run) => parentOf(run) ?? []));
    return runs.filter((run) => !open.has(parentOf(run) ?? ''));
  }

  async count(before: string): Promise<ArchivableCount> {
    const rows = await rowsOf<{ status: string; runs: number; events: number }>(
      this.pool,
      `SELECT status, count(*)::int AS runs, sum(version)::int AS events FROM ${this.old()} GROUP BY status ORDER BY status`,
      [before],
    );
    return {
      runs: rows.reduce((sum, row) => sum + row.runs, 0),
      events: rows.reduce((sum, row) => sum + row.events, 0),
      byStatus: Object.fromEntries(rows.map((row) => [row.status, row.runs])),
    };
  }

  /** The history of a run, in pages, so that a large one needs little memory. */
  async *history(stream: string): AsyncGenerator<StoredEvent> {
    for (let after = 0; ;) {
      const page = await rowsOf<EventRow>(
        this.pool,
        `SELECT id, stream, version, partition, sequence, type, data, at FROM ${this.schema}.events
         WHERE stream = $1 AND version > $2 ORDER BY version LIMIT 1000`,
        [stream, after],
      );
      for (const row of page) yield toEvent(row);
      after = page.at(-1)?.version ?? after;
      if (page.length < 1_000) return;
    }
  }

  /** Deletes archived runs with everything about them. Throws `archive.changed` (later) when one was written to meanwhile. */
  async remove(tx: Sql, runs: readonly StoredRun[]): Promise<void> {
    const removed = await rowsOf(
      tx,
      `DELETE FROM ${this.schema}.runs r USING unnest($1::text[], $2::int[]) AS a(run, version)
       WHERE r.run = a.run AND r.version = a.version AND r.terminal RETURNING 1`,
      [runs.map(({ run }) => run), runs.map(({ version }) => version)],
    );
    if (removed.length !== runs.length) {
      const message = 'Runs changed while they were archived, or somebody else archived them: try again.';
      throw new AppError('archive.changed', message, { retry: 'later' });
    }
    const streams = [runs.map(({ stream }) => stream)];
    await tx.query(`DELETE FROM ${this.schema}.events WHERE stream = ANY ($1)`, streams);
    await tx.query(`DELETE FROM ${this.schema}.snapshots WHERE stream = ANY ($1)`, streams);
    await tx.query(
      `DELETE FROM ${this.schema}.timers t USING unnest($1::int[], $2::text[]) AS a(partition, run)
       WHERE t.partition = a.partition AND t.run = a.run`,
      [runs.map(({ partition }) => partition), runs.map(({ run }) => run)],
    );
  }

  private old(): string {
    return `${this.schema}.runs r WHERE terminal AND updated_at < $1 AND
      (SELECT max(sequence) FROM ${this.schema}.events e WHERE e.stream = r.stream) <=
      (SELECT min(sequence) FROM ${this.schema}.checkpoints c WHERE c.partition = r.partition)`;
  }

  private async openAmong(runs: readonly string[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    const rows = await rowsOf<{ run: string }>(
      this.pool,
      `SELECT run FROM ${this.schema}.runs WHERE run = ANY ($1) AND NOT terminal`,
      [runs],
    );
    return new Set(rows.map(({ run }) => run));
  }
}

const parentOf = ({ data }: StoredRun): string | undefined =>
  (data as { parent?: string } | undefined)?.parent;

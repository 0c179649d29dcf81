import { createHash } from 'node:crypto';
import type pg from 'pg';
import { rowsOf } from '../sql/sql.js';
import type { Snapshot } from './event.js';

/** Snapshots are a cache: what cannot be trusted is as good as absent. */
export class SnapshotTable {
  constructor(
    private readonly pool: pg.Pool,
    private readonly schema: string,
  ) {}

  async load(streams: readonly string[], codeVersion: string): Promise<Map<string, Snapshot>> {
    const rows = await rowsOf<{ stream: string; version: number; data: string; digest: string }>(
      this.pool,
      `SELECT stream, version, data, digest FROM ${this.schema}.snapshots
       WHERE stream = ANY ($1) AND code_version = $2`,
      [streams, codeVersion],
    );
    const trusted = rows.filter(
      (row) => row.digest === digest(row.stream, codeVersion, row.version, row.data),
    );
    return new Map(
      trusted.map(({ stream, version, data }) => [
        stream,
        { stream, version, codeVersion, data: JSON.parse(data) as unknown },
      ]),
    );
  }

  async save({ stream, version, codeVersion, data }: Snapshot): Promise<void> {
    const text = JSON.stringify(data);
    await this.pool.query(
      `INSERT INTO ${this.schema}.snapshots AS s (stream, code_version, version, data, digest)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (stream, code_version) DO UPDATE
       SET version = excluded.version, data = excluded.data, digest = excluded.digest
       WHERE s.version <= excluded.version`,
      [stream, codeVersion, version, text, digest(stream, codeVersion, version, text)],
    );
  }
}

const digest = (stream: string, codeVersion: string, version: number, data: string): string =>
  createHash('sha256').update(`${stream}\n${codeVersion}\n${version}\n${data}`).digest('hex');

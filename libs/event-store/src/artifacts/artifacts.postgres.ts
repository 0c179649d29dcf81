import { randomUUID } from 'node:crypto';
import type { ArtifactRef } from '@trimtab/kernel';
import type pg from 'pg';
import { schemaName } from '../sql/connection.js';
import { migrate } from '../sql/migrate.js';
import { rowsOf } from '../sql/sql.js';
import { ARTIFACTS_SCHEMA, artifactMigrations } from './artifacts.migrations.js';
import type { Content, PutOptions } from './artifacts.port.js';
import { Artifacts, digestOf } from './artifacts.port.js';
import { MAX_ARTIFACT_BYTES, Meter, compressed, corrupt, notFound, piecesOf, verified } from './content.js';

export interface ArtifactStoreOptions {
  /** `artifacts` unless told; shared by all services. */
  readonly schema?: string;
  /** Uncompressed bytes of one artifact at most (1 GB unless told). */
  readonly maxBytes?: number;
}

interface ArtifactRow {
  readonly digest: string;
  readonly upload: string;
  readonly bytes: string;
  readonly count: string;
  readonly media_type: string;
  readonly chunks: number;
}

/** Migrates the shared schema and opens the store. */
export async function openArtifacts(
  pool: pg.Pool,
  options: ArtifactStoreOptions = {},
): Promise<PostgresArtifacts> {
  const schema = schemaName(options.schema ?? ARTIFACTS_SCHEMA);
  await migrate(pool, { schema, migrations: artifactMigrations });
  return new PostgresArtifacts(pool, options);
}

/**
 * Artifacts as gzip chunks in Postgres. Chunks are written as they come, under an upload id; the artifact exists from
 * the one row that names the upload. An upload that never ended is rubbish that `prune` removes.
 */
export class PostgresArtifacts extends Artifacts {
  private readonly schema: string;
  private readonly maxBytes: number;

  constructor(
    private readonly pool: pg.Pool,
    options: ArtifactStoreOptions = {},
  ) {
    super();
    this.schema = schemaName(options.schema ?? ARTIFACTS_SCHEMA);
    this.maxBytes = options.maxBytes ?? MAX_ARTIFACT_BYTES;
  }

  override async put(content: Content, options: PutOptions = {}): Promise<ArtifactRef> {
    const upload = randomUUID();
    const meter = new Meter(this.maxBytes);
    const chunks = await this.upload(upload, compressed(meter.measure(piecesOf(content))));
    const count = typeof options.count === 'function' ? options.count() : (options.count ?? 0);
    const row = await this.publish({
      digest: meter.digest(),
      upload,
      bytes: `${meter.bytes}`,
      count: `${count}`,
      media_type: options.mediaType ?? 'application/octet-stream',
      chunks,
    });
    return toRef(row);
  }

  override async stat(ref: string | ArtifactRef): Promise<ArtifactRef | undefined> {
    const row = await this.find(digestOf(ref));
    return row && toRef(row);
  }

  override async *read(ref: string | ArtifactRef): AsyncIterable<Uint8Array> {
    const digest = digestOf(ref);
    const row = await this.find(digest);
    if (!row) throw notFound(digest);
    yield* this.content(row);
  }

  /** Removes chunks of uploads that did not end within this time (an hour or more is safe); returns how many. */
  async prune(olderThanMs: number): Promise<number> {
    const rows = await rowsOf(
      this.pool,
      `DELETE FROM ${this.schema}.chunks c WHERE created_at < now() - $1 * interval '1 ms'
         AND NOT EXISTS (SELECT 1 FROM ${this.schema}.artifacts a WHERE a.upload = c.upload) RETURNING 1`,
      [olderThanMs],
    );
    return rows.length;
  }

  private async upload(upload: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    let n = 0;
    try {
      for await (const data of chunks) {
        await this.pool.query(`INSERT INTO ${this.schema}.chunks (upload, n, data) VALUES ($1, $2, $3)`, [
          upload,
          n,
          data,
        ]);
        n += 1;
      }
      return n;
    } catch (error) {
      await this.forget(upload).catch(() => undefined);
      throw error;
    }
  }

  /**
   * The first upload of a content stays and later ones are removed, unless the first is found damaged: then the new
   * one takes its place.
   */
  private async publish(row: ArtifactRow): Promise<ArtifactRow> {
    const mine = await rowsOf(
      this.pool,
      `INSERT INTO ${this.schema}.artifacts (digest, upload, bytes, count, media_type, chunks)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING RETURNING 1`,
      [row.digest, row.upload, row.bytes, row.count, row.media_type, row.chunks],
    );
    const first = mine.length > 0 ? undefined : await this.find(row.digest);
    if (!first) return row;
    if (await this.isSound(first)) {
      await this.forget(row.upload);
      return first;
    }
    await this.pool.query(`UPDATE ${this.schema}.artifacts SET upload = $2, chunks = $3 WHERE digest = $1`, [
      row.digest,
      row.upload,
      row.chunks,
    ]);
    return row;
  }

  private async isSound(row: ArtifactRow): Promise<boolean> {
    try {
      for await (const piece of this.content(row)) void piece;
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === 'artifact.corrupt') return false;
      throw error;
    }
  }

  private async forget(upload: string): Promise<void> {
    await this.pool.query(`DELETE FROM ${this.schema}.chunks WHERE upload = $1`, [upload]);
  }

  private async find(digest: string): Promise<ArtifactRow | undefined> {
    const [row] = await rowsOf<ArtifactRow>(
      this.pool,
      `SELECT digest, upload, bytes, count, media_type, chunks FROM ${this.schema}.artifacts WHERE digest = $1`,
      [digest],
    );
    return row;
  }

  private content(row: ArtifactRow): AsyncIterable<Uint8Array> {
    return verified(this.readChunks(row), { digest: row.digest, bytes: Number(row.bytes) });
  }

  private async *readChunks(row: ArtifactRow): AsyncIterable<Uint8Array> {
    for (let n = 0; n < row.chunks; n += 1) {
      const [chunk] = await rowsOf<{ data: Buffer }>(
        this.pool,
        `SELECT data FROM ${this.schema}.chunks WHERE upload = $1 AND n = $2`,
        [row.upload, n],
      );
      if (!chunk) throw corrupt(row.digest);
      yield chunk.data;
    }
  }
}

const toRef = (row: ArtifactRow): ArtifactRef => ({
  ref: `artifact:${row.digest}`,
  digest: row.digest,
  bytes: Number(row.bytes),
  count: Number(row.count),
  mediaType: row.media_type,
});

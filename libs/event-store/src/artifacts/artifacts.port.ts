import type { ArtifactRef } from '@trimtab/kernel';
import { AppError } from '@trimtab/kernel';
import { fromNdjson, toNdjson } from './ndjson.js';

export type Content = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface PutOptions {
  /** `application/octet-stream` unless told. */
  readonly mediaType?: string;
  /** Number of records in the content (0 unless told; `putNdjson` counts its rows). */
  readonly count?: number | (() => number);
}

export const NDJSON = 'application/x-ndjson';

/**
 * Immutable, content-addressed storage of what is too large for a message; also the Nest token of it.
 * `ref` is `artifact:sha256:<hex>` of the uncompressed bytes, so the same content is stored once.
 *
 * Errors: `artifact.too-large`, `artifact.not-found`, `artifact.corrupt`, `artifact.invalid-ref`.
 */
export abstract class Artifacts {
  /** Stores the content, streaming; storing the same bytes again changes nothing. */
  abstract put(content: Content, options?: PutOptions): Promise<ArtifactRef>;
  /** What is known about a stored artifact, undefined when it is not there. */
  abstract stat(ref: string | ArtifactRef): Promise<ArtifactRef | undefined>;
  /** The bytes in pieces, verified against the digest (the last piece comes only if all of them agree). */
  abstract read(ref: string | ArtifactRef): AsyncIterable<Uint8Array>;

  /** The whole content, verified before it is returned. */
  async bytes(ref: string | ArtifactRef): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.read(ref)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Reads all of it, so that what is damaged is found while it can still be made again. Throws `artifact.corrupt`. */
  async verify(ref: string | ArtifactRef): Promise<void> {
    for await (const piece of this.read(ref)) void piece;
  }

  /** One JSON text per row and line; `count` of the reference is the number of rows. */
  async putNdjson(rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<ArtifactRef> {
    const lines = toNdjson(rows);
    return this.put(lines.content, { mediaType: NDJSON, count: lines.count });
  }

  /** The rows of an NDJSON artifact, one after the other, without holding all of them. */
  readNdjson<Row = unknown>(ref: string | ArtifactRef): AsyncIterable<Row> {
    return fromNdjson<Row>(this.read(ref));
  }

  async putJson(value: unknown): Promise<ArtifactRef> {
    return this.put(Buffer.from(JSON.stringify(value)), { mediaType: 'application/json', count: 1 });
  }

  async readJson<Value = unknown>(ref: string | ArtifactRef): Promise<Value> {
    return JSON.parse(Buffer.from(await this.bytes(ref)).toString('utf8')) as Value;
  }
}

/** `sha256:<hex>` of a reference. Throws `artifact.invalid-ref`. */
export function digestOf(ref: string | ArtifactRef): string {
  const text = typeof ref === 'string' ? ref : ref.ref;
  const match = /^artifact:(sha256:[0-9a-f]{64})$/.exec(text);
  if (match?.[1]) return match[1];
  throw new AppError(
    'artifact.invalid-ref',
    `"${text}" is not an artifact reference (artifact:sha256:<hex>).`,
  );
}

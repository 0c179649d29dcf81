import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { AppError } from '@trimtab/kernel';
import type { Content } from './artifacts.port.js';

export const MAX_ARTIFACT_BYTES = 1024 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

export async function* piecesOf(content: Content): AsyncIterable<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else yield* content;
}

/** Counts and hashes uncompressed bytes on their way; refuses more than `maxBytes`. */
export class Meter {
  bytes = 0;
  private readonly hash = createHash('sha256');

  constructor(private readonly maxBytes: number) {}

  async *measure(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const piece of pieces) {
      this.bytes += piece.byteLength;
      if (this.bytes > this.maxBytes) throw tooLarge(this.maxBytes);
      this.hash.update(piece);
      yield piece;
    }
  }

  digest(): string {
    return `sha256:${this.hash.digest('hex')}`;
  }
}

/** Compressed and cut into chunks of 1 MB at most. */
export async function* compressed(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const source = Readable.from(pieces, { objectMode: true });
  const gzip = createGzip({ level: 3 });
  source.on('error', (error) => gzip.destroy(error));
  let parts: Buffer[] = [];
  let size = 0;
  for await (const part of source.pipe(gzip) as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.byteLength;
    if (size < CHUNK_BYTES) continue;
    const whole = Buffer.concat(parts);
    for (let at = 0; at + CHUNK_BYTES <= size; at += CHUNK_BYTES) yield whole.subarray(at, at + CHUNK_BYTES);
    parts = [whole.subarray(size - (size % CHUNK_BYTES))];
    size %= CHUNK_BYTES;
  }
  if (size > 0) yield Buffer.concat(parts);
}

/**
 * The uncompressed pieces of an artifact; the last one is held back until the digest of the whole is right.
 * Throws `artifact.corrupt`, also when a chunk cannot be uncompressed.
 */
export async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  expected: { readonly digest: string; readonly bytes: number },
): AsyncIterable<Uint8Array> {
  const meter = new Meter(expected.bytes);
  let last: Uint8Array | undefined;
  try {
    for await (const piece of meter.measure(uncompressed(chunks))) {
      if (last) yield last;
      last = piece;
    }
  } catch (cause) {
    if (isDamage(cause)) throw corrupt(expected.digest, cause);
    throw cause;
  }
  if (meter.bytes !== expected.bytes || meter.digest() !== expected.digest) throw corrupt(expected.digest);
  if (last) yield last;
}

async function* uncompressed(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const source = Readable.from(chunks, { objectMode: true });
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
  } finally {
    source.destroy();
  }
}

function isDamage(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'artifact.too-large' || (code?.startsWith('Z_') ?? false);
}

export const corrupt = (digest: string, cause?: unknown): AppError =>
  new AppError(
    'artifact.corrupt',
    `Artifact ${digest} does not have the bytes it was stored with: make it again.`,
    {
      details: { digest },
      cause,
    },
  );

export const notFound = (digest: string): AppError =>
  new AppError('artifact.not-found', `Artifact ${digest} is not in the store: make it again or restore it.`, {
    details: { digest },
  });

const tooLarge = (maxBytes: number): AppError =>
  new AppError('artifact.too-large', `An artifact holds ${maxBytes} bytes at most: split it into shards.`, {
    details: { maxBytes },
  });

import type { ArtifactRef } from '@trimtab/kernel';
import type { Content, PutOptions } from '../artifacts/artifacts.port.js';
import { Artifacts, digestOf } from '../artifacts/artifacts.port.js';
import { MAX_ARTIFACT_BYTES, Meter, compressed, notFound, piecesOf, verified } from '../artifacts/content.js';

interface Kept {
  readonly ref: ArtifactRef;
  readonly chunks: Buffer[];
}

/** Artifacts in memory, compressed and verified like those in Postgres. */
export class MemoryArtifacts extends Artifacts {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly options: { readonly maxBytes?: number } = {}) {
    super();
  }

  override async put(content: Content, options: PutOptions = {}): Promise<ArtifactRef> {
    const meter = new Meter(this.options.maxBytes ?? MAX_ARTIFACT_BYTES);
    const chunks: Buffer[] = [];
    for await (const chunk of compressed(meter.measure(piecesOf(content)))) chunks.push(chunk);
    const digest = meter.digest();
    const count = typeof options.count === 'function' ? options.count() : (options.count ?? 0);
    const mediaType = options.mediaType ?? 'application/octet-stream';
    const ref = { ref: `artifact:${digest}`, digest, bytes: meter.bytes, count, mediaType };
    const kept = this.kept.get(digest) ?? { ref, chunks };
    this.kept.set(digest, kept);
    return kept.ref;
  }

  override async stat(ref: string | ArtifactRef): Promise<ArtifactRef | undefined> {
    return this.kept.get(digestOf(ref))?.ref;
  }

  override async *read(ref: string | ArtifactRef): AsyncIterable<Uint8Array> {
    const digest = digestOf(ref);
    const kept = this.kept.get(digest);
    if (!kept) throw notFound(digest);
    yield* verified(piecesOf(kept.chunks), kept.ref);
  }
}

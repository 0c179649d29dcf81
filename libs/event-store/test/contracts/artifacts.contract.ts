import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import type { Artifacts } from '../../src/index.js';
import { codeOf } from '../fixtures.js';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** What every artifact store promises. `make` gives one that takes 8 MB per artifact. */
export function artifactsContract(name: string, make: () => Promise<Artifacts>): void {
  describe(`the artifacts contract: ${name}`, () => {
    it('stores bytes under their digest, once', async () => {
      const artifacts = await make();
      const bytes = randomBytes(3_000_000);
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const ref = await artifacts.put(bytes, { mediaType: 'text/x' });
      expect(ref).toEqual({
        ref: `artifact:${digest}`,
        digest,
        bytes: 3_000_000,
        count: 0,
        mediaType: 'text/x',
      });
      const pieces = [bytes.subarray(0, 7), bytes.subarray(7, 1_500_000), bytes.subarray(1_500_000)];
      expect(await artifacts.put(pieces, { mediaType: 'other' })).toEqual(ref);
      expect(Buffer.compare(await artifacts.bytes(ref), bytes)).toBe(0);
      expect(Buffer.compare(await artifacts.bytes(ref.ref), bytes)).toBe(0);
      expect(await artifacts.stat(ref.ref)).toEqual(ref);
    });

    it('holds nothing at all, too', async () => {
      const artifacts = await make();
      const ref = await artifacts.put(new Uint8Array());
      expect(ref.bytes).toBe(0);
      expect(await artifacts.bytes(ref)).toHaveLength(0);
      expect(await all(artifacts.readNdjson(ref))).toEqual([]);
    });

    it('streams rows in and out as NDJSON', async () => {
      const artifacts = await make();
      async function* rows() {
        for (let i = 0; i < 30_000; i += 1) yield { i, text: 'ünïcode\n🌊', nothing: null };
      }
      const ref = await artifacts.putNdjson(rows());
      expect(ref).toMatchObject({ count: 30_000, mediaType: 'application/x-ndjson' });
      let n = 0;
      for await (const row of artifacts.readNdjson<{ i: number; text: string }>(ref)) {
        if (row.i !== n || row.text !== 'ünïcode\n🌊') throw new Error(`row ${n} is ${JSON.stringify(row)}`);
        n += 1;
      }
      expect(n).toBe(30_000);
      expect(await artifacts.readJson(await artifacts.putJson({ a: [1] }))).toEqual({ a: [1] });
    });

    it('ends a stream early without harm', async () => {
      const artifacts = await make();
      const ref = await artifacts.putNdjson(
        Array.from({ length: 20_000 }, (_, i) => ({ i, x: randomBytes(40).toString('hex') })),
      );
      for await (const row of artifacts.readNdjson<{ i: number }>(ref)) if (row.i === 10) break;
      expect(await artifacts.stat(ref)).toEqual(ref);
    });

    it('refuses what is too large, unknown or no reference, and a source that fails', async () => {
      const artifacts = await make();
      expect(await codeOf(artifacts.put(randomBytes(8 * 1024 * 1024 + 1)))).toBe('artifact.too-large');
      expect(await codeOf(artifacts.bytes(`artifact:sha256:${'0'.repeat(64)}`))).toBe('artifact.not-found');
      expect(await codeOf(artifacts.bytes('s3://bucket/key'))).toBe('artifact.invalid-ref');
      expect(await artifacts.stat(`artifact:sha256:${'0'.repeat(64)}`)).toBeUndefined();
      async function* failing() {
        yield randomBytes(2_000_000);
        throw new Error('source broke');
      }
      await expect(artifacts.put(failing())).rejects.toThrow('source broke');
    });
  });
}

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { inspectArchive, packArchive, unpackArchive } from './archive-file.js';
import type { ArchiveLine } from './archive-file.js';

const run = (n: number, version: number) =>
  ({ kind: 'run', run: `r${n}`, stream: `run-r${n}`, status: 'COMPLETED', version }) as ArchiveLine;
const event = (n: number, version: number, data: unknown = {}) =>
  ({ kind: 'event', stream: `run-r${n}`, version, data }) as ArchiveLine;

const file = async (lines: readonly ArchiveLine[]): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  const given = async function* () {
    yield* lines;
  };
  for await (const piece of packArchive(given())) pieces.push(piece);
  return Buffer.concat(pieces);
};
const read = async (bytes: Uint8Array): Promise<ArchiveLine[]> => {
  const lines: ArchiveLine[] = [];
  for await (const line of unpackArchive(bytes)) lines.push(line);
  return lines;
};

describe('an archive of runs', () => {
  it('gives back what went in, also over several frames and characters of several bytes', async () => {
    const lines = [run(1, 9), ...Array.from({ length: 9 }, (_, i) => event(1, i + 1, 'ü'.repeat(700_001)))];
    const bytes = await file(lines);
    expect(bytes.subarray(0, 4).toString('hex')).toBe('28b52ffd');
    expect(await read(bytes)).toEqual(lines);
    expect(await inspectArchive(bytes)).toMatchObject({
      runs: [{ run: 'r1', status: 'COMPLETED', events: 9 }],
      events: 9,
      problems: [],
      digest: expect.stringMatching(/^sha256:/),
    });
    expect(await read(await file([]))).toEqual([]);
  });

  it('is read when it is gzipped, as it was in the first version', async () => {
    const lines = [run(1, 1), event(1, 1)];
    expect(await read(gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')))).toEqual(lines);
  });

  it('tells of events that are missing or out of place', async () => {
    const { problems } = await inspectArchive(await file([run(1, 2), event(1, 2), run(2, 1), event(2, 1)]));
    expect(problems).toEqual(['event 2 of run-r1 is out of its place', 'run r1 has 1 of 2 events']);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -3)],
    [
      'changed',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 12), Buffer.from('xxxxx'), bytes.subarray(17)]),
    ],
    ['something else', () => Buffer.from('nothing')],
  ])('is refused when it is %s', async (_what, damage) => {
    const bytes = await file([run(1, 1), event(1, 1, 'some text that is long enough')]);
    await expect(inspectArchive(damage(bytes))).rejects.toMatchObject({ code: 'archive.damaged' });
  });
});

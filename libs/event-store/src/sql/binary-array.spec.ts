import { describe, expect, it } from '@jest/globals';
import { int4Array, int8Array, textArray, timestampArray, uuidArray } from './binary-array.js';

/** Reads the wire format back, independently of how it was written. */
function elements(buffer: Buffer): { oid: number; nulls: number; values: (Buffer | null)[] } {
  const values: (Buffer | null)[] = [];
  let at = 20;
  for (let i = 0; i < buffer.readInt32BE(12); i += 1) {
    const length = buffer.readInt32BE(at);
    values.push(length < 0 ? null : buffer.subarray(at + 4, at + 4 + length));
    at += 4 + Math.max(length, 0);
  }
  expect(at).toBe(buffer.length);
  return { oid: buffer.readInt32BE(8), nulls: buffer.readInt32BE(4), values };
}

describe('binary arrays', () => {
  it('hold integers of 4 and 8 bytes up to the largest exact number', () => {
    expect(elements(int4Array([1, -2, 2 ** 31 - 1])).values.map((v) => v?.readInt32BE())).toEqual([
      1,
      -2,
      2 ** 31 - 1,
    ]);
    const large = [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
    expect(elements(int8Array(large)).values.map((v) => Number(v?.readBigInt64BE()))).toEqual(large);
  });

  it('hold instants before and after 2000 in microseconds', () => {
    const at = ['1969-12-31T23:59:59.999Z', '2000-01-01T00:00:00.000Z', '2026-11-21T03:00:00.123Z'].map(
      Date.parse,
    );
    const read = elements(timestampArray(at)).values.map(
      (v) => Number(v?.readBigInt64BE()) / 1_000 + 946_684_800_000,
    );
    expect(read).toEqual(at);
  });

  it('hold texts, nulls and UUIDs', () => {
    const texts = ['', 'plain', 'ünïcode 🌊 "\\', null];
    const read = elements(textArray(texts));
    expect(read.values.map((v) => v?.toString('utf8') ?? null)).toEqual(texts);
    expect([read.oid, read.nulls]).toEqual([25, 1]);
    const id = '0192f0c1-2b3c-7d4e-8f5a-6b7c8d9e0f10';
    for (const ids of [
      [id, id],
      [id, null],
    ]) {
      const hex = elements(uuidArray(ids)).values.map((v) => v?.toString('hex') ?? null);
      expect(hex).toEqual(ids.map((one) => one?.replaceAll('-', '') ?? null));
    }
    expect(elements(textArray([])).values).toEqual([]);
  });
});

import { compress, decompress, init } from '@bokuweb/zstd-wasm';

/** Uncompressed bytes of one frame: what is held in memory at once. */
const FRAME_BYTES = 4 * 1024 * 1024;
const LEVEL = 3;
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
const FOOTER_BYTES = 9;
const ENTRY_BYTES = 8;

let loading: Promise<void> | undefined;
/** Once per process: loading the code again while it works would take its memory away. */
const loaded = (): Promise<void> => (loading ??= init());

/** Whether these bytes begin like Zstandard. */
export const isZstd = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && Buffer.from(bytes.subarray(0, 4)).readUInt32LE() === FRAME_MAGIC;

/**
 * Text as Zstandard frames with a seek table at the end (the Zstandard Seekable Format: any `zstd -d` reads it, and a
 * reader finds each frame).
 */
export async function* zstdOf(pieces: AsyncIterable<string>): AsyncGenerator<Buffer> {
  await loaded();
  const sizes: { packed: number; plain: number }[] = [];
  const frame = (plain: Buffer): Buffer => {
    const packed = Buffer.from(compress(plain, LEVEL));
    sizes.push({ packed: packed.length, plain: plain.length });
    return packed;
  };
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    const plain = Buffer.from(piece);
    waiting.push(plain);
    bytes += plain.length;
    if (bytes < FRAME_BYTES) continue;
    yield frame(Buffer.concat(waiting));
    [waiting, bytes] = [[], 0];
  }
  if (bytes > 0 || sizes.length === 0) yield frame(Buffer.concat(waiting));
  yield seekTable(sizes);
}

function seekTable(sizes: readonly { packed: number; plain: number }[]): Buffer {
  const content = sizes.length * ENTRY_BYTES + FOOTER_BYTES;
  const table = Buffer.alloc(8 + content);
  table.writeUInt32LE(SKIPPABLE_MAGIC, 0);
  table.writeUInt32LE(content, 4);
  sizes.forEach(({ packed, plain }, i) => {
    table.writeUInt32LE(packed, 8 + i * ENTRY_BYTES);
    table.writeUInt32LE(plain, 12 + i * ENTRY_BYTES);
  });
  table.writeUInt32LE(sizes.length, table.length - FOOTER_BYTES);
  table.writeUInt32LE(SEEKABLE_MAGIC, table.length - 4);
  return table;
}

/** The content frame by frame. Throws an `Error` when the bytes are not what `zstdOf` made. */
export async function* unzstd(bytes: Uint8Array): AsyncGenerator<Buffer> {
  await loaded();
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < FOOTER_BYTES || file.readUInt32LE(file.length - 4) !== SEEKABLE_MAGIC)
    throw new Error('the seek table at the end is missing');
  const frames = file.readUInt32LE(file.length - FOOTER_BYTES);
  const table = file.length - FOOTER_BYTES - frames * ENTRY_BYTES;
  let at = 0;
  for (let i = 0; i < frames; i += 1) {
    const packed = file.readUInt32LE(table + i * ENTRY_BYTES);
    yield Buffer.from(decompress(file.subarray(at, at + packed)));
    at += packed;
  }
}

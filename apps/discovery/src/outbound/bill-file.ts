import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { AppError } from '@trimtab/kernel';
import type { CostImport } from '@trimtab/contracts';
import { csvFields, RecordLines } from '../domain/csv.js';
import { invalidFile } from '../domain/focus.js';

export type BillFormat = Exclude<CostImport['format'], 'cost-explorer'>;

/** A bill file whose outer shape is sound: readable, complete, of a known format and, for CSV, one encoding. */
export interface BillFile {
  readonly path: string;
  readonly format: BillFormat;
  /** `sha256:<hex>` of the file's bytes. */
  readonly digest: string;
  /** Column names of a CSV; a Parquet file tells them itself. */
  readonly header?: readonly string[];
}

/** Reads a file through once. Throws `costs.file-not-found` and `costs.invalid-file` with the line of the break. */
export async function inspectBill(path: string): Promise<BillFile> {
  const format = await formatOf(path);
  const digest = createHash('sha256');
  const check = new CsvCheck();
  const bytes = rawBytes(path, (piece) => digest.update(piece));
  if (format === 'focus-parquet') {
    for await (const _ of bytes) continue;
    return { path, format, digest: `sha256:${digest.digest('hex')}` };
  }
  try {
    for await (const piece of format === 'focus-csv.gz' ? unzipped(bytes) : bytes) check.feed(piece);
  } catch (error) {
    throw check.brokenGzip(error);
  }
  return { path, format, digest: `sha256:${digest.digest('hex')}`, header: check.header() };
}

/** The line on which a record of a CSV starts; record 0 is the header. */
export async function lineOfRecord({ path, format }: BillFile, record: number): Promise<number | undefined> {
  const lines = new RecordLines(record);
  const bytes = createReadStream(path);
  for await (const piece of format === 'focus-csv.gz' ? unzipped(bytes) : bytes) {
    lines.feed(piece as Uint8Array);
    if (lines.line !== undefined) break;
  }
  return lines.line;
}

async function formatOf(path: string): Promise<BillFormat> {
  const size = await stat(path).then(
    (found) => found.size,
    (cause: unknown) => {
      throw new AppError(
        'costs.file-not-found',
        `There is no readable file ${path}: give the path of a FOCUS bill.`,
        {
          cause,
        },
      );
    },
  );
  if (size === 0) throw invalidFile({ reason: 'the file is empty' });
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.toString('latin1') === 'PAR1') return 'focus-parquet';
    return buffer[0] === 0x1f && buffer[1] === 0x8b ? 'focus-csv.gz' : 'focus-csv';
  } finally {
    await file.close();
  }
}

async function* rawBytes(path: string, seen: (piece: Uint8Array) => void): AsyncIterable<Uint8Array> {
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 })) {
    seen(piece as Uint8Array);
    yield piece as Uint8Array;
  }
}

async function* unzipped(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const feeding = (async () => {
    for await (const piece of bytes) {
      if (!gunzip.write(piece))
        await new Promise((drained) => gunzip.once('drain', () => drained(undefined)));
    }
    gunzip.end();
  })();
  feeding.catch((error: unknown) => gunzip.destroy(error as Error));
  yield* gunzip as AsyncIterable<Uint8Array>;
}

/** Goes over CSV text piece by piece: UTF-8 throughout, no NUL, and the header record. */
class CsvCheck {
  private lines = 0;
  private rest: Uint8Array = new Uint8Array(0);
  private first: string | undefined;

  feed(piece: Uint8Array): void {
    const bytes = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.checkLines(bytes.subarray(0, end));
    this.rest = bytes.subarray(end);
  }

  /** Call at the end of the file. */
  header(): string[] {
    this.checkLines(this.rest);
    const header = csvFields((this.first ?? '').replace(/^\uFEFF/, '').trimEnd());
    if (header.every((name) => name === '')) throw invalidFile({ line: 1, reason: 'the file has no header' });
    return header;
  }

  brokenGzip(error: unknown): Error {
    if (error instanceof AppError) return error;
    const line = this.lines + 1;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'Z_BUF_ERROR'
        ? 'the gzip data ends early: the file is truncated'
        : `the gzip data is broken (${message})`;
    return String(code).startsWith('Z_') ? invalidFile({ line, reason }) : (error as Error);
  }

  private checkLines(bytes: Uint8Array): void {
    if (!isUtf8(bytes))
      throw invalidFile({ line: this.lineWhere(bytes, (line) => !isUtf8(line)), reason: notUtf8 });
    if (bytes.includes(0))
      throw invalidFile({ line: this.lineWhere(bytes, (line) => line.includes(0)), reason: hasNul });
    if (this.first === undefined && bytes.length > 0) {
      this.first = Buffer.from(bytes.subarray(0, endOfLine(bytes, 0))).toString('utf8');
    }
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) this.lines += 1;
  }

  private lineWhere(bytes: Uint8Array, broken: (line: Uint8Array) => boolean): number {
    let line = this.lines + 1;
    for (let start = 0; start < bytes.length; line += 1) {
      const end = endOfLine(bytes, start);
      if (broken(bytes.subarray(start, end))) return line;
      start = end + 1;
    }
    return line;
  }
}

const notUtf8 = 'the text is not UTF-8 here: save the whole file in UTF-8';
const hasNul = 'there is a NUL byte here: the file is binary or UTF-16';

const endOfLine = (bytes: Uint8Array, start: number): number => {
  const end = bytes.indexOf(0x0a, start);
  return end < 0 ? bytes.length : end;
};

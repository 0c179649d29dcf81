import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { AppError } from '@trimtab/kernel';
import type { StoredEvent, StoredRun } from '../log/event.js';
import { isZstd, unzstd, zstdOf } from './zstd-frames.js';

export const ARCHIVE_TYPE = 'application/zstd';
/** Archives of the first version were gzipped; they are still read. */
export const ARCHIVE_TYPES: readonly string[] = [ARCHIVE_TYPE, 'application/gzip'];

/** A line of an archive: a run, then its events in order. */
export type ArchiveLine = ({ readonly kind: 'run' } & StoredRun) | ({ readonly kind: 'event' } & StoredEvent);

export interface ArchivedRun {
  readonly run: string;
  readonly status: string;
  readonly events: number;
}

/** What an archive holds, and whether it is whole. */
export interface ArchiveContent {
  /** `sha256:<hex>` of the file. */
  readonly digest: string;
  readonly runs: readonly ArchivedRun[];
  readonly events: number;
  /** Sentences; none when every run is there with its events 1..n. */
  readonly problems: readonly string[];
}

/** Lines as a file: NDJSON, compressed with Zstandard. */
export async function* packArchive(lines: AsyncIterable<ArchiveLine>): AsyncGenerator<Buffer> {
  const text = async function* () {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`;
  };
  yield* zstdOf(text());
}

/** The lines of a file. Throws `archive.damaged` (never). */
export async function* unpackArchive(bytes: Uint8Array): AsyncGenerator<ArchiveLine> {
  try {
    let rest = '';
    const decoder = new TextDecoder('utf-8', { fatal: true });
    for await (const piece of isZstd(bytes) ? unzstd(bytes) : [gunzipSync(bytes)]) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as ArchiveLine;
    }
    if (rest !== '') throw new Error('the last line is cut off');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `This is no archive of runs, or it is damaged (${why}): take another copy.`;
    throw new AppError('archive.damaged', message, { cause });
  }
}

/** Reads all of a file and proves what can be proved from it. Throws `archive.damaged` (never). */
export async function inspectArchive(bytes: Uint8Array): Promise<ArchiveContent> {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const runs: { run: string; status: string; events: number; stream: string; version: number }[] = [];
  const problems: string[] = [];
  let events = 0;
  for await (const line of unpackArchive(bytes)) {
    const last = runs.at(-1);
    if (line.kind === 'run') {
      runs.push({ ...line, events: 0 });
      continue;
    }
    events += 1;
    if (last?.stream !== line.stream || line.version !== last.events + 1)
      problems.push(`event ${line.version} of ${line.stream} is out of its place`);
    if (last) last.events += 1;
  }
  for (const { run, events: found, version } of runs)
    if (found !== version) problems.push(`run ${run} has ${found} of ${version} events`);
  const shown = runs.map(({ run, status, events: count }) => ({ run, status, events: count }));
  return { digest, runs: shown, events, problems };
}

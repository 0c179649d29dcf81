import { AppError } from '@trimtab/kernel';
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, startedAt } from './processes.js';

interface Holder {
  readonly pid: number;
  /** Start time of the holder: a process id alone may have been given to another process since. */
  readonly started: string;
}

/**
 * Takes a lock file for this process and returns the function that releases it. A lock whose holder is dead is
 * taken over. Throws `embedded.locked`, which names the holder's process id.
 */
export function takeLock(file: string): () => void {
  const draft = `${file}.${randomUUID()}`;
  const mine = JSON.stringify({ pid: process.pid, started: startedAt(process.pid) } satisfies Holder);
  writeFileSync(draft, mine, { mode: 0o644 });
  try {
    // A link appears with its content, or not at all; a lock file that is created empty could be misread.
    while (!tryLink(draft, file)) evict(file);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(file) === mine) rmSync(file, { force: true });
  };
}

function tryLink(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function evict(file: string): void {
  const seen = read(file);
  if (seen === undefined) return;
  const pid = livingHolder(seen);
  if (pid !== undefined) {
    throw new AppError(
      'embedded.locked',
      `${file} is held by process ${pid}: stop it, or choose another data directory`,
      {
        details: { pid, file },
      },
    );
  }
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Somebody may have evicted the same dead holder and locked in between: then what was moved is theirs.
  if (read(aside) !== seen) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function livingHolder(text: string): number | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Holder;
    return isAlive(pid) && startedAt(pid) === started ? pid : undefined;
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

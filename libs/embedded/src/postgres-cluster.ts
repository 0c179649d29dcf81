import { AppError } from '@trimtab/kernel';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresHome } from './postgres-home.js';

export const postgresUser = 'trimtab';

/** Neither the locale nor the PG… variables of the caller's shell may change what the server does. */
export const postgresEnvironment = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };

/**
 * The password of the database's user, made once and kept with mode 0600.
 * Throws `embedded.no-password` when there is a cluster whose password was lost.
 */
export function postgresPassword(home: PostgresHome): string {
  const file = join(home.base, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (existsSync(home.data)) {
    throw new AppError(
      'embedded.no-password',
      `${file} is missing: put it back, or delete ${home.data} to start with an empty database`,
    );
  }
  const password = randomBytes(18).toString('base64url');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}

/** Makes the cluster unless it exists: UTF-8, the built-in C.UTF-8 order (the same on every machine), passwords on TCP. */
export async function initCluster(
  home: PostgresHome,
  native: string,
  password: string,
  sync: boolean,
): Promise<void> {
  if (existsSync(home.data)) return;
  // A cluster appears with its final name only when complete, so that an interrupted start leaves nothing half-made.
  const draft = join(home.place, 'data.new');
  const secret = join(home.place, 'initial-password');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  rmSync(secret, { force: true });
  writeFileSync(secret, password, { mode: 0o600 });
  try {
    if (home.owner) for (const path of [draft, secret]) chownSync(path, home.owner.uid, home.owner.gid);
    const args = [`--pgdata=${draft}`, `--username=${postgresUser}`, `--pwfile=${secret}`];
    args.push('--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
    args.push('--auth=scram-sha-256', ...(sync ? [] : ['--no-sync']));
    await runInitdb(join(native, 'bin/initdb'), args, home);
    renameSync(draft, home.data);
  } finally {
    rmSync(secret, { force: true });
  }
}

async function runInitdb(command: string, args: string[], { place, owner }: PostgresHome): Promise<void> {
  const initdb = spawn(command, args, {
    cwd: place,
    env: postgresEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...owner,
  });
  let output = '';
  for (const stream of [initdb.stdout, initdb.stderr])
    stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise((done, failed) => {
    initdb.once('error', failed);
    initdb.once('close', done);
  });
  if (code === 0) return;
  const lastLines = output.trimEnd().split('\n').slice(-4).join('\n');
  throw new AppError('embedded.initdb-failed', `initdb could not make a database in ${place}: ${lastLines}`, {
    details: { output },
  });
}

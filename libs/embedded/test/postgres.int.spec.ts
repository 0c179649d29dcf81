import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from '../src/index.js';
import { startPostgres } from '../src/index.js';
import { installedPostgres } from '../src/postgres-binaries.js';
import { folder, query, removeFolders, running } from './support.js';

const asRoot = process.getuid?.() === 0;
const started: PostgresServer[] = [];

async function start(options: Parameters<typeof startPostgres>[0]): Promise<PostgresServer> {
  const server = await startPostgres(options);
  started.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});
afterAll(removeFolders);

describe('the embedded Postgres', () => {
  it('keeps what it acknowledges, sorts alike everywhere and lives in UTC', async () => {
    const { url } = await start({ dataDir: folder() });
    const [settings] = await query<Record<string, string>>(
      url,
      `SELECT current_setting('fsync') AS fsync, current_setting('shared_buffers') AS buffers,
        current_setting('timezone') AS zone, current_setting('server_encoding') AS encoding,
        current_setting('server_version_num')::int / 10000 AS major, current_database() AS database,
        (SELECT datlocale FROM pg_database WHERE datname = current_database()) AS locale`,
    );
    expect(settings).toEqual({
      fsync: 'on',
      buffers: '64MB',
      zone: 'UTC',
      encoding: 'UTF8',
      major: 18,
      database: 'trimtab',
      locale: 'C.UTF-8',
    });
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const dataDir = folder();
    const { url } = await start({ dataDir });
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres/password')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dataDir, 'postgres'))).not.toContain('initial-password');
  });

  it('has every committed row after a SIGKILL', async () => {
    const server = await start({ dataDir: folder() });
    await query(server.url, 'CREATE TABLE kept AS SELECT generate_series(1, 500) AS n');
    for (let round = 1; round <= 3; round += 1) {
      await query(server.url, `INSERT INTO kept VALUES (${500 + round})`);
      await server.kill();
      expect(server.pid).toBeUndefined();
      await server.start();
      expect(await query(server.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 500 + round }]);
    }
  });

  it('starts again after a SIGKILL under a statement that does not notice', async () => {
    const server = await start({ dataDir: folder() });
    const busy = query(server.url, 'SELECT count(*) FROM generate_series(1, 1e9::bigint)').catch(
      () => 'cut off',
    );
    await running(server.url, 'generate_series(1, 1e9');
    await server.kill();
    await server.start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await busy).toBe('cut off');
  });

  it('shuts down cleanly while clients are connected', async () => {
    const dataDir = folder();
    const server = await start({ dataDir });
    const open = query(server.url, 'SELECT pg_sleep(30)').catch((error: { code?: string }) => error.code);
    await running(server.url, 'pg_sleep(30)');
    await server.stop();
    expect(await open).toBe('57P01');
    expect(readFileSync(join(dataDir, 'postgres/log'), 'utf8')).toContain('database system is shut down');
  });

  it('runs from an installation without symbolic links', async () => {
    const native = join(folder(), 'native');
    copyWithoutLinks(native);
    expect(existsSync(join(native, 'lib/libpq.so.5'))).toBe(false);
    const { url } = await start({ dataDir: folder(), native });
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('runs when the installation and the data directory lie where others cannot enter', async () => {
    const closed = folder();
    copyWithoutLinks(join(closed, 'native'));
    chmodSync(closed, 0o700);
    const options = { dataDir: join(closed, '.trimtab'), native: join(closed, 'native') };
    const first = await start(options);
    await query(first.url, 'CREATE TABLE kept ()');
    await first.stop();
    const second = await start(options);
    expect(await query(second.url, 'SELECT * FROM kept')).toEqual([]);
    await second.stop();
    const pointer = join(options.dataDir, 'postgres/location');
    expect(existsSync(pointer)).toBe(asRoot);
    if (asRoot) {
      const place = readFileSync(pointer, 'utf8').trim();
      expect(lstatSync(place)).toMatchObject({ uid: 0 });
      expect(lstatSync(join(place, 'data')).uid).not.toBe(0);
      expect(lstatSync(join(place, 'data')).mode & 0o077).toBe(0);
      rmSync(place, { recursive: true });
    } else expect(existsSync(join(options.dataDir, 'postgres/data'))).toBe(true);
  });

  it('starts empty when the data directory was deleted, wherever the data was', async () => {
    const closed = folder();
    chmodSync(closed, 0o700);
    const dataDir = join(closed, '.trimtab');
    const first = await start({ dataDir });
    await query(first.url, 'CREATE TABLE gone ()');
    await first.stop();
    const pointer = join(dataDir, 'postgres/location');
    const place = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : undefined;
    rmSync(dataDir, { recursive: true });
    const second = await start({ dataDir });
    await expect(query(second.url, 'SELECT * FROM gone')).rejects.toMatchObject({ code: '42P01' });
    await second.stop();
    if (place) rmSync(place, { recursive: true });
  });

  it('says what to do when the password of its data is lost', async () => {
    const dataDir = folder();
    await (await start({ dataDir })).stop();
    rmSync(join(dataDir, 'postgres/password'));
    await expect(start({ dataDir })).rejects.toMatchObject({ code: 'embedded.no-password' });
  });

  it('names the fault when a setting keeps it from starting', async () => {
    const settings = { shared_buffers: 'plenty' };
    await expect(start({ dataDir: folder(), settings })).rejects.toMatchObject({
      code: 'embedded.start-failed',
      message: expect.stringContaining('shared_buffers'),
    });
  });
});

/** As npm unpacks it when install scripts are off. */
function copyWithoutLinks(target: string): void {
  mkdirSync(target, { recursive: true });
  const wanted = (path: string) => !lstatSync(path).isSymbolicLink() && !path.endsWith('.a');
  cpSync(installedPostgres(), target, { recursive: true, filter: wanted });
}

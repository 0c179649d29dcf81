import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsServer } from './nats-server.js';
import { startNats } from './nats-server.js';
import { dropDatabase, ensureDatabase } from './postgres-client.js';
import { postgresEnding } from './postgres-home.js';
import { freePort } from './ports.js';
import type { PostgresServer } from './postgres-server.js';
import { startPostgres } from './postgres-server.js';
import { isAlive, reapOrphan } from './processes.js';

export interface TestServersOptions {
  /** `shared` (default): a fresh database on the run's server. `own`: a server of one's own, which a test may kill. */
  readonly postgres?: 'shared' | 'own';
}

/** Servers for one specification file. */
export interface TestServers {
  readonly natsUrl: string;
  /** A fresh, empty database. */
  readonly databaseUrl: string;
  readonly nats: NatsServer;
  /** The server behind `databaseUrl`, when it is not shared with other specifications. */
  readonly postgres: PostgresServer | undefined;
  /** Ends what was started and removes its data. */
  dispose(): Promise<void>;
}

/** Servers of one JetStream cluster on loopback. */
export interface NatsCluster {
  /** All addresses, parted by commas, as `NATS_URL` wants them. */
  readonly url: string;
  readonly nodes: readonly NatsServer[];
  dispose(): Promise<void>;
}

/** A cluster for tests that kill its nodes: streams with as many replicas outlive the loss of a minority. */
export async function startNatsCluster(size = 3): Promise<NatsCluster> {
  const folder = testFolder();
  const ports = new Set<number>();
  while (ports.size < size) ports.add(await freePort());
  const routes = [...ports];
  const urls = routes.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
  const nodes = await Promise.all(
    routes.map((port, i) =>
      startNats({
        dataDir: join(folder, `node-${i + 1}`),
        config: [`cluster { name: trimtab, listen: "127.0.0.1:${port}", routes: [${urls}] }`],
      }),
    ),
  );
  const dispose = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    remove(folder);
  };
  return { url: nodes.map((node) => node.url).join(','), nodes, dispose };
}

export { freePort } from './ports.js';

/** Names the server that one test run shares: an admin URL, set by `tools/jest.mjs`. */
export const sharedPostgresVariable = 'TRIMTAB_TEST_POSTGRES_URL';

const prefix = 'trimtab-test-';

/**
 * A nats-server with an empty store and an empty Postgres database, for integration specs:
 * `const servers = await testServers()` in `beforeAll`, `await servers.dispose()` in `afterAll`.
 */
export async function testServers(options: TestServersOptions = {}): Promise<TestServers> {
  const folder = testFolder();
  const started = await Promise.allSettled([startNats({ dataDir: folder }), testDatabase(folder, options)]);
  const [nats, database] = started;
  const dispose = async () => {
    if (nats.status === 'fulfilled') await nats.value.stop();
    if (database.status === 'fulfilled') await database.value.dispose();
    remove(folder);
  };
  if (nats.status === 'fulfilled' && database.status === 'fulfilled') {
    const { url: databaseUrl, server: postgres } = database.value;
    return { natsUrl: nats.value.url, databaseUrl, nats: nats.value, postgres, dispose };
  }
  await dispose();
  throw (started.find((one) => one.status === 'rejected') as PromiseRejectedResult).reason;
}

/** A Postgres for tests: it does not wait for the disk, so it survives SIGKILL but not a power cut. */
export function startTestPostgres(dataDir: string): Promise<PostgresServer> {
  return startPostgres({
    dataDir,
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '400', autovacuum_naptime: '10s' },
  });
}

/** A fresh folder that `sweepTestFolders` recognizes; the server's user can pass through it. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  chmodSync(folder, 0o711);
  return folder;
}

/**
 * Ends the servers and removes the folders of test runs that were killed before they could do it themselves. What belongs
 * to another user, or is swept by another run at this moment, is left to them.
 */
export async function sweepTestFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (!(pid > 0) || isAlive(pid)) continue;
    await sweep(join(tmpdir(), name)).catch(() => undefined);
  }
}

async function sweep(folder: string): Promise<void> {
  await reapOrphan(join(folder, 'nats/pid'), folder, [['SIGKILL', 2_000]]);
  await reapOrphan(join(folder, 'postgres/data/postmaster.pid'), folder, postgresEnding);
  rmSync(folder, { recursive: true, force: true });
}

/** Somebody who is just ending may still write there. */
const remove = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

interface TestDatabase {
  readonly url: string;
  readonly server: PostgresServer | undefined;
  dispose(): Promise<void>;
}

async function testDatabase(folder: string, { postgres }: TestServersOptions): Promise<TestDatabase> {
  const adminUrl = process.env[sharedPostgresVariable];
  if (adminUrl === undefined || postgres === 'own') {
    const server = await startTestPostgres(folder);
    return { url: server.url, server, dispose: () => server.stop() };
  }
  const name = `test_${randomBytes(8).toString('hex')}`;
  await again(() => ensureDatabase(adminUrl, name));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  // One that a stalled connection still holds goes with its server, at the end of the run.
  const dispose = () => dropDatabase(adminUrl, name).catch(() => undefined);
  return { url: url.href, server: undefined, dispose };
}

const TRIES = 5;

/** Postgres gives whoever works on its template, such as a vacuum, five seconds to end. */
async function again(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES) throw error;
      await sleep(1_000);
    }
  }
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Child } from './child.js';
import { launch, untilReady } from './child.js';
import { openDataDir } from './data-dir.js';
import { takeLock } from './lock.js';
import { startOnPort } from './ports.js';
import { installedPostgres, runnablePostgres } from './postgres-binaries.js';
import { answersOrStarting, ensureDatabase } from './postgres-client.js';
import { initCluster, postgresEnvironment, postgresPassword, postgresUser } from './postgres-cluster.js';
import type { PostgresHome } from './postgres-home.js';
import { openPostgresHome, postgresEnding } from './postgres-home.js';
import type { Server, ServerOptions } from './server.js';

export interface PostgresOptions extends ServerOptions {
  /** The folder with `bin`, `lib` and `share`, when not the installed one. */
  readonly native?: string | undefined;
  /** Server settings that replace or join ours, for example `{ max_connections: '300' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

export type PostgresServer = Server;

const startTimeoutMs = 60_000;
const database = 'trimtab';

/** Small for a laptop, and honest: an acknowledged commit is on disk. */
const laptop = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '100',
  wal_level: 'minimal',
  max_wal_senders: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * Starts a real Postgres 18 on 127.0.0.1 with the database `trimtab`; its data is under `<dataDir>/postgres`, or, as
 * root in a folder that others cannot enter, where `<dataDir>/postgres/location` says. Ends a server that a killed
 * owner left behind. Throws `embedded.locked`, `embedded.no-postgres`, `embedded.port-taken`,
 * `embedded.start-failed` and others of `embedded.`.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const server = new EmbeddedPostgres(options);
  await server.start();
  return server;
}

class EmbeddedPostgres implements PostgresServer {
  readonly name = 'postgres';
  private readonly base: string;
  private child: Child | undefined;
  private unlock: (() => void) | undefined;
  private port: number | undefined;
  private password = '';

  constructor(private readonly options: PostgresOptions) {
    this.base = join(openDataDir(options.dataDir), 'postgres');
  }

  get url(): string {
    return this.urlOf(database, this.port);
  }

  get pid(): number | undefined {
    return this.child?.running ? this.child.pid : undefined;
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    mkdirSync(this.base, { recursive: true, mode: 0o711 });
    this.unlock ??= takeLock(join(this.base, 'lock'));
    try {
      const home = await openPostgresHome(this.base, this.options.log);
      const native = runnablePostgres(
        this.options.native ?? installedPostgres(),
        join(home.place, 'native'),
        home.owner,
      );
      this.password = postgresPassword(home);
      await initCluster(home, native, this.password, this.settings['fsync'] !== 'off');
      const wanted = this.port ?? this.options.port;
      await startOnPort(wanted, join(this.base, 'port'), (port) => this.launch(home, native, port));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.child?.stop();
    this.unlock?.();
    this.unlock = undefined;
  }

  async kill(): Promise<void> {
    await this.child?.kill();
  }

  private get settings(): Record<string, string> {
    return { ...laptop, ...this.options.settings };
  }

  private async launch(home: PostgresHome, native: string, port: number): Promise<void> {
    const settings = Object.entries({ ...this.settings, port: String(port) });
    const child = await launch({
      name: this.name,
      command: join(native, 'bin/postgres'),
      args: ['-D', home.data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      cwd: home.place,
      env: postgresEnvironment,
      owner: home.owner,
      logFile: join(this.base, 'log'),
      ending: postgresEnding,
    });
    this.child = child;
    const adminUrl = this.urlOf('postgres', port);
    await untilReady('Postgres', child, () => answersOrStarting(adminUrl), startTimeoutMs);
    await ensureDatabase(adminUrl, database);
    this.port = port;
  }

  private urlOf(name: string, port: number | undefined): string {
    return `postgres://${postgresUser}:${this.password}@127.0.0.1:${port}/${name}`;
  }
}

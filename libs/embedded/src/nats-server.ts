import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Child } from './child.js';
import { launch, untilReady } from './child.js';
import { openDataDir, ownerToKeep } from './data-dir.js';
import { takeLock } from './lock.js';
import { natsBinary } from './nats-binary.js';
import { natsInfo } from './nats-info.js';
import { startOnPort } from './ports.js';
import type { Escalation } from './processes.js';
import { reapOrphan } from './processes.js';
import type { Server, ServerOptions } from './server.js';

/** It shares a machine: a heap that is cleared more often is a third smaller and costs a twentieth of its time. */
const FRUGAL = { GOGC: '50' };

export interface NatsOptions extends ServerOptions {
  /** The nats-server to run, when not the installed one. */
  readonly binary?: string | undefined;
  /** Further lines of its configuration file, for example routes to other servers of a cluster, or users. */
  readonly config?: readonly string[] | undefined;
  /** Further lines of its `jetstream` block, for example `max_file_store: 20MB`. */
  readonly jetstream?: readonly string[] | undefined;
}

export interface NatsServer extends Server {
  /** Stops the server and deletes the whole JetStream store, streams and messages alike. `start` begins anew. */
  wipe(): Promise<void>;
}

const ending: Escalation = [
  ['SIGTERM', 30_000],
  ['SIGKILL', 2_000],
];
const startTimeoutMs = 60_000;

/**
 * Starts a real nats-server with JetStream on 127.0.0.1, its store under `<dataDir>/nats`. It asks for no password:
 * every user of this machine may connect, nobody from outside. Ends a server that a killed owner left behind.
 * Throws `embedded.locked`, `embedded.no-nats-server`, `embedded.port-taken`, `embedded.start-failed`.
 */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const server = new EmbeddedNats(options);
  await server.start();
  return server;
}

class EmbeddedNats implements NatsServer {
  readonly name = 'nats';
  private readonly folder: string;
  private child: Child | undefined;
  private unlock: (() => void) | undefined;
  private port: number | undefined;

  constructor(private readonly options: NatsOptions) {
    this.folder = join(openDataDir(options.dataDir), 'nats');
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child?.running ? this.child.pid : undefined;
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.unlock ??= takeLock(join(this.folder, 'lock'));
    try {
      await this.reap();
      const wanted = this.port ?? this.options.port;
      await startOnPort(wanted, join(this.folder, 'port'), (port) => this.launch(port));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.child?.stop();
    this.release();
  }

  async kill(): Promise<void> {
    await this.child?.kill();
  }

  async wipe(): Promise<void> {
    await this.stop();
    rmSync(join(this.folder, 'store'), { recursive: true, force: true });
  }

  private async reap(): Promise<void> {
    const pid = await reapOrphan(join(this.folder, 'pid'), this.folder, ending);
    if (pid !== undefined)
      this.options.log?.(`ended nats-server ${pid}, which an earlier owner had left behind`);
  }

  private async launch(port: number): Promise<void> {
    const config = join(this.folder, 'server.conf');
    // Whoever took the port at the last moment must not be taken for ours.
    const serverName = `trimtab-${port}-${process.pid}`;
    writeFileSync(config, this.config(port, serverName), { mode: 0o600 });
    const owner = ownerToKeep(this.folder);
    if (owner) chownSync(config, owner.uid, owner.gid);
    const child = await launch({
      name: this.name,
      command: this.options.binary ?? natsBinary(),
      args: ['-c', config],
      cwd: this.folder,
      env: { ...FRUGAL, ...process.env },
      owner,
      logFile: join(this.folder, 'log'),
      ending,
    });
    const answers = async () =>
      (await natsInfo('127.0.0.1', port, 1_000).catch(() => undefined))?.server_name === serverName;
    await untilReady('nats-server', child, answers, startTimeoutMs);
    this.child = child;
    this.port = port;
  }

  private config(port: number, serverName: string): string {
    return [
      'host: "127.0.0.1"',
      `port: ${port}`,
      `server_name: "${serverName}"`,
      `pid_file: ${JSON.stringify(join(this.folder, 'pid'))}`,
      'max_payload: 1MB',
      'jetstream {',
      `  store_dir: ${JSON.stringify(join(this.folder, 'store'))}`,
      ...(this.options.jetstream ?? []),
      '}',
      ...(this.options.config ?? []),
      '',
    ].join('\n');
  }

  private release(): void {
    this.unlock?.();
    this.unlock = undefined;
  }
}

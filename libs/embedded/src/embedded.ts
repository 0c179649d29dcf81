import { checkNats, checkPostgres } from './configured.js';
import { openDataDir } from './data-dir.js';
import type { NatsServer } from './nats-server.js';
import { startNats } from './nats-server.js';
import type { PostgresServer } from './postgres-server.js';
import { startPostgres } from './postgres-server.js';
import type { Log } from './server.js';

export interface EmbeddedOptions {
  /** Where the servers keep their data; default `<cwd>/.trimtab`. */
  readonly dataDir?: string | undefined;
  /** A NATS server that runs already (`url`), or the port for ours. */
  readonly nats?: { readonly url?: string | undefined; readonly port?: number | undefined } | undefined;
  /** A Postgres that runs already (`url`), or the port for ours. */
  readonly postgres?: { readonly url?: string | undefined; readonly port?: number | undefined } | undefined;
  readonly log?: Log | undefined;
}

/** What a stack needs to run: two addresses, and the servers behind them as far as they were started here. */
export interface Embedded {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly nats: NatsServer | undefined;
  readonly postgres: PostgresServer | undefined;
  /** The processes started here that run now. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  /** Ends what was started here, and only that. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts NATS and Postgres side by side, or takes those that are configured. When one fails, the other is stopped.
 *
 * ```ts
 * const servers = await startEmbedded({ dataDir: '.trimtab', nats: { url: config.natsUrl } });
 * // … servers.natsUrl, servers.databaseUrl
 * await servers.stop();
 * ```
 *
 * Throws AppErrors `embedded.*`, for example `embedded.locked` when another process uses the data directory.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const dataDir = openDataDir(options.dataDir);
  const outcomes = await Promise.allSettled([
    natsSource(dataDir, options),
    postgresSource(dataDir, options),
  ] as const);
  const [natsOutcome, postgresOutcome] = outcomes;
  if (natsOutcome.status === 'rejected' || postgresOutcome.status === 'rejected') {
    for (const one of outcomes) if (one.status === 'fulfilled') await one.value.server?.stop();
    throw (outcomes.find((one) => one.status === 'rejected') as PromiseRejectedResult).reason;
  }
  const { url: natsUrl, server: nats } = natsOutcome.value;
  const { url: databaseUrl, server: postgres } = postgresOutcome.value;
  return {
    natsUrl,
    databaseUrl,
    dataDir,
    nats,
    postgres,
    get processes() {
      return [nats, postgres].flatMap((one) =>
        one?.pid === undefined ? [] : [{ name: one.name, pid: one.pid }],
      );
    },
    stop: async () => {
      await Promise.all([nats?.stop(), postgres?.stop()]);
    },
  };
}

/** An address, and the server behind it when it was started here. */
interface Source<S> {
  readonly url: string;
  readonly server?: S;
}

async function natsSource(dataDir: string, { nats, log }: EmbeddedOptions): Promise<Source<NatsServer>> {
  if (nats?.url) {
    await checkNats(nats.url, log);
    return { url: nats.url };
  }
  const server = await startNats({ dataDir, port: nats?.port, log });
  return { url: server.url, server };
}

async function postgresSource(
  dataDir: string,
  { postgres, log }: EmbeddedOptions,
): Promise<Source<PostgresServer>> {
  if (postgres?.url) {
    await checkPostgres(postgres.url);
    return { url: postgres.url };
  }
  const server = await startPostgres({ dataDir, port: postgres?.port, log });
  return { url: server.url, server };
}

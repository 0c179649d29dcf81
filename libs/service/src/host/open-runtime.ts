import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createPool, migrate, openArtifacts, workerMigrations } from '@trimtab/event-store';
import type { Artifacts } from '@trimtab/event-store';
import { Clock } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { createLogger } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import type { Pool } from 'pg';
import type { ServiceDefinition } from '../define-service.js';
import { loadPlugins } from '../plugins/loading.js';
import type { Plugins } from '../plugins/loading.js';
import { ServiceRuntime } from '../runtime.js';
import { printableConfig } from '../service-config.js';
import type { ServiceConfig } from '../service-config.js';
import { PATIENCE_MS, patiently } from './patiently.js';

class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

class OpenRuntime<Config extends ServiceConfig> extends ServiceRuntime<Config> {
  override readonly clock = new SystemClock();

  constructor(
    readonly name: string,
    readonly instanceId: string,
    readonly config: Config,
    readonly log: Logger,
    readonly pool: Pool,
    readonly messaging: Messaging,
    readonly artifacts: Artifacts,
    readonly plugins: Plugins,
  ) {
    super();
  }
}

/** Connects to the bus and the database, waiting a minute for each to come up, and brings the schema up to date. */
export async function openRuntime<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
): Promise<ServiceRuntime<Config>> {
  const config = definition.config();
  const { name } = definition;
  const instanceId = `${name}-${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const log = createLogger({ service: name, level: config.LOG_LEVEL }).child({ instance: instanceId });
  log.info('starting', { config: printableConfig(config) });
  const plugins = await loadPlugins(config.TRIMTAB_PLUGINS, process.cwd());
  const schema = schemaOf(definition);
  const pool = createPool({
    url: withSearchPath(config.DATABASE_URL, schema),
    max: Math.min(20, config.TRIMTAB_CONCURRENCY + 4),
    applicationName: instanceId.slice(0, 63),
    onIdleError: (error) => log.warn('an idle database connection ended', { error }),
  });
  try {
    const artifacts = await patiently(log, async () => {
      await migrate(pool, { schema, migrations: [...workerMigrations, ...(definition.migrations ?? [])] });
      return openArtifacts(pool);
    });
    const messaging = await connectMessaging({
      url: config.NATS_URL,
      name: instanceId,
      log,
      firstConnectMs: PATIENCE_MS,
    });
    return new OpenRuntime(name, instanceId, config, log, pool, messaging, artifacts, plugins);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

export const schemaOf = (definition: Pick<ServiceDefinition, 'name' | 'schema'>): string =>
  definition.schema ?? definition.name.replaceAll('-', '_');

function withSearchPath(url: string, schema: string): string {
  const parsed = new URL(url);
  const options = parsed.searchParams.get('options') ?? '';
  parsed.searchParams.set('options', `${options} -c search_path=${schema}`.trim());
  return parsed.href;
}

import type { Clock } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import type { Pool } from 'pg';
import type { Messaging } from '@trimtab/messaging';
import type { Artifacts } from '@trimtab/event-store';
import type { Plugins } from './plugins/loading.js';
import type { ServiceConfig } from './service-config.js';

/**
 * What the shell opened for a service. Type and Nest token in one: inject `ServiceRuntime` wherever an adapter needs
 * a connection.
 */
export abstract class ServiceRuntime<Config extends ServiceConfig = ServiceConfig> {
  abstract readonly name: string;
  /** Unique per process: `<service>-<host>-<pid>-<random>`. */
  abstract readonly instanceId: string;
  abstract readonly config: Config;
  abstract readonly log: Logger;
  abstract readonly clock: Clock;
  /** `search_path` is the schema of the service. */
  abstract readonly pool: Pool;
  abstract readonly messaging: Messaging;
  abstract readonly artifacts: Artifacts;
  abstract readonly plugins: Plugins;
}

import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import type { Migration } from '@trimtab/event-store';
import type { ServiceConfig } from './service-config.js';
import type { ServiceRuntime } from './runtime.js';
import type { TaskContracts } from './work/command.js';

/** All that the shell needs to know about one service. */
export interface ServiceDefinition<Config extends ServiceConfig = ServiceConfig> {
  /** Last part of the package name: `discovery` for `@trimtab/app-discovery`. */
  readonly name: string;
  readonly version?: string;
  /** Reads and checks the environment: the only place, the app's src/config.ts. Throws `config.invalid`. */
  readonly config: () => Config;
  /** The composition root; a function when it needs the runtime to compose. */
  readonly module: Type | ((runtime: ServiceRuntime<Config>) => DynamicModule | Type);
  /** Postgres schema of the service; equals `name` unless told. Its inbox, outbox and artifacts tables live there too. */
  readonly schema?: string;
  /** Forward-only migrations of the tables that the service owns. */
  readonly migrations?: readonly Migration[];
  /** Contracts of the task types it works on: those of @trimtab/contracts unless told. */
  readonly contracts?: TaskContracts | ((runtime: ServiceRuntime<Config>) => TaskContracts);
  /** Set by services that answer HTTP: Nest listens on this port (0 = a free one) with the Express platform. */
  readonly http?: (config: Config) => { port: number; host?: string };
  /** Work that starts when consumers run (leases, timers, subscriptions); the returned function stops it. */
  readonly start?: (
    app: INestApplicationContext,
    runtime: ServiceRuntime<Config>,
  ) => Promise<() => Promise<void>>;
}

/** Checks the definition's types; an app exports the result from src/index.ts as `service`. */
export const defineService = <Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
): ServiceDefinition<Config> => definition;

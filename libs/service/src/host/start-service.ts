import 'reflect-metadata';
import type { INestApplication, INestApplicationContext, INestMicroservice, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JetStreamStrategy } from '@trimtab/messaging/nest';
import { nestLogger } from '@trimtab/observability';
import type { ServiceDefinition } from '../define-service.js';
import type { ServiceRuntime } from '../runtime.js';
import type { ServiceConfig } from '../service-config.js';
import { directHandlers } from './direct-handlers.js';
import type { DirectHandlers } from './direct-handlers.js';
import { listenHttp } from './http.js';
import { openRuntime, schemaOf } from './open-runtime.js';
import { serveHealth } from './health.js';
import { serviceRoot } from './service-root.js';
import { Worker } from './worker.js';

/** A service that runs in this process. */
export interface RunningService {
  readonly name: string;
  readonly instanceId: string;
  /** Base URL of `/health/live` and `/health/ready`. */
  readonly healthUrl: string;
  /** Base URL of its HTTP API, when it has one. */
  readonly url: string | undefined;
  readonly app: INestApplicationContext;
  readonly runtime: ServiceRuntime;
  /** Drains: takes nothing new, finishes what is in hand within 25 s, closes its connections. */
  stop(): Promise<void>;
}

/** Opens connections, migrates, starts the Nest app and its consumers. Throws when any of it fails, and cleans up. */
export async function startService<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
): Promise<RunningService> {
  const runtime = await openRuntime(definition);
  const closers: (() => Promise<void>)[] = [() => runtime.pool.end(), () => runtime.messaging.close(2_000)];
  try {
    return await start(definition, runtime, closers);
  } catch (error) {
    await closeAll(closers, runtime);
    throw error;
  }
}

async function start<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
  runtime: ServiceRuntime<Config>,
  closers: (() => Promise<void>)[],
): Promise<RunningService> {
  const worker = new Worker(
    runtime,
    schemaOf(definition),
    definition.version ?? '0.1.0',
    typeof definition.contracts === 'function' ? definition.contracts(runtime) : definition.contracts,
  );
  closers.push(() => worker.close());
  const { app, strategy } = await createApp(definition, runtime, worker);
  closers.push(() => app.close());
  closers.push(async () => worker.drain());
  const { url } = await listenApp(definition, runtime, app, strategy);
  const health = await serveHealth(runtime);
  // Asked about its health until the last connection closes.
  closers.splice(2, 0, () => health.close());
  worker.announce();
  const stopWork = await definition.start?.(app, runtime);
  if (stopWork) closers.push(stopWork);
  runtime.log.info('ready', { health: health.url, url });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    health.draining();
    return (stopped ??= closeAll(closers, runtime));
  };
  const { name, instanceId } = runtime;
  return { name, instanceId, healthUrl: health.url, url, app, runtime, stop };
}

async function createApp<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
  runtime: ServiceRuntime<Config>,
  worker: Worker,
) {
  const compose = definition.module as Exclude<typeof definition.module, Type>;
  const root = serviceRoot(runtime, isClass(definition.module) ? definition.module : compose(runtime));
  const strategy = new JetStreamStrategy({
    messaging: runtime.messaging,
    consumers: (patterns) => worker.start(patterns),
    execute: (delivery, call, pattern, extras) => worker.execute(delivery, call, pattern, extras),
    direct: (pattern) => (direct ??= directHandlers(app)).get(pattern),
  });
  let direct: DirectHandlers | undefined;
  const options = { logger: nestLogger(runtime.log), abortOnError: false };
  const app: INestApplication | INestMicroservice = definition.http
    ? await NestFactory.create(root, { ...options, forceCloseConnections: true })
    : await NestFactory.createMicroservice(root, { ...options, strategy });
  return { app, strategy };
}

async function listenApp<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
  runtime: ServiceRuntime<Config>,
  app: Awaited<ReturnType<typeof createApp>>['app'],
  strategy: JetStreamStrategy,
): Promise<{ url: string | undefined }> {
  if (!('connectMicroservice' in app)) {
    await app.listen();
    return { url: undefined };
  }
  const http = app as INestApplication;
  http.connectMicroservice({ strategy });
  await http.startAllMicroservices();
  return { url: await listenHttp(http, definition.http!(runtime.config)) };
}

/** In reverse order of opening; one that fails does not keep the others from closing. */
async function closeAll(closers: (() => Promise<void>)[], runtime: ServiceRuntime): Promise<void> {
  for (const close of closers.reverse()) {
    await close().catch((error: unknown) => runtime.log.warn('something did not close in order', { error }));
  }
}

const isClass = (module: unknown): module is Type =>
  typeof module === 'function' && /^class\b/.test(Function.prototype.toString.call(module));

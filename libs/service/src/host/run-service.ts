import { AppError } from '@trimtab/kernel';
import { createLogger, startTelemetry } from '@trimtab/observability';
import type { Logger, Telemetry } from '@trimtab/observability';
import type { ServiceDefinition } from '../define-service.js';
import type { ServiceConfig } from '../service-config.js';
import { crashAt } from './crash-at.js';
import { growFrugally } from './frugal-heap.js';
import { startService } from './start-service.js';
import type { RunningService } from './start-service.js';

const EXIT_TIMEOUT_MS = 29_000;
const VERSION = '0.1.0';

/** Runs one service until the process is told to stop. The one line of an app's main.ts. */
export const runService = <Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
): Promise<void> => runServices([definition as unknown as ServiceDefinition]);

/**
 * Runs services in this process: prints one JSON line per service on stdout when it is ready, drains on SIGTERM and
 * SIGINT, ends with code 1 on an error that nobody handled.
 */
export async function runServices(definitions: readonly ServiceDefinition[]): Promise<void> {
  const name = definitions.length === 1 ? (definitions[0]?.name ?? 'trimtab') : 'trimtab';
  let log = createLogger({ service: name });
  growFrugally();
  const running: RunningService[] = [];
  try {
    const config = definitions[0]?.config();
    log = createLogger({ service: name, level: config?.LOG_LEVEL });
    if (config?.TRIMTAB_CRASH_AT) crashAt(config.TRIMTAB_CRASH_AT, config.NODE_ENV === 'production');
    await startAll(definitions, running, name, log);
  } catch (error) {
    const why = error instanceof AppError ? error.message : 'the service could not start';
    log.error(why, { error });
    await Promise.allSettled(running.map((service) => service.stop()));
    process.exit(1);
  }
}

async function startAll(
  definitions: readonly ServiceDefinition[],
  running: RunningService[],
  name: string,
  log: Logger,
): Promise<void> {
  const [first] = definitions;
  if (!first) return;
  const config = first.config();
  const telemetry = await startTelemetry({
    service: name,
    version: first.version ?? VERSION,
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    metricsPort: config.TRIMTAB_METRICS_PORT,
    metricsHost: config.TRIMTAB_METRICS_HOST,
    tracesPerSecond: config.TRIMTAB_TRACES_PER_SECOND,
    log,
  });
  const withParent = config.TRIMTAB_EXIT_WITH_PARENT;
  watchProcess(stopper(running, telemetry, log), log, withParent === 'true');
  await Promise.all(
    definitions.map(async (definition) => {
      const service = await startService(definition);
      running.push(service);
      process.stdout.write(`${JSON.stringify(readiness(service))}\n`);
    }),
  );
}

const readiness = ({ name, instanceId, healthUrl, url }: RunningService): object => ({
  ready: true,
  service: name,
  instance: instanceId,
  pid: process.pid,
  health: healthUrl,
  ...(url ? { url } : {}),
});

function stopper(
  running: readonly RunningService[],
  telemetry: Telemetry,
  log: Logger,
): (why: string, code: number) => void {
  let stopping = false;
  return (why, code) => {
    if (stopping) return;
    stopping = true;
    log.info('stopping', { why });
    setTimeout(() => process.exit(code === 0 ? 1 : code), EXIT_TIMEOUT_MS).unref();
    void Promise.allSettled(running.map((service) => service.stop()))
      .then(() => telemetry.shutdown())
      .finally(() => process.exit(code));
  };
}

function watchProcess(stop: (why: string, code: number) => void, log: Logger, withParent: boolean): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(signal, 0));
  process.on('unhandledRejection', (error) => {
    log.error('a rejection that nobody handled', { error });
    stop('unhandledRejection', 1);
  });
  process.on('uncaughtException', (error) => {
    log.error('an error that nobody handled', { error });
    stop('uncaughtException', 1);
  });
  if (withParent)
    process.stdin
      .on('end', () => stop('the parent process ended', 0))
      .on('error', () => undefined)
      .resume();
}

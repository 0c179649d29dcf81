import type { Logger } from './log/logger.port.js';
import { servePrometheus } from './prometheus.js';
import { idGenerator } from './trace/given-ids.js';
import { budgeted } from './trace/sampler.js';
import { TraceBudget } from './trace/trace-budget.js';

export interface TelemetryOptions {
  readonly service: string;
  readonly version: string;
  /** Base URL of an OTLP/HTTP collector, for example `http://localhost:4318`; without it nothing is collected. */
  readonly endpoint?: string | undefined;
  /** Port on which Prometheus may collect metrics at `/metrics`; the next free one when it is taken. Off unless told. */
  readonly metricsPort?: number | undefined;
  /** Address of that port (loopback). */
  readonly metricsHost?: string | undefined;
  /** New traces a second that are kept, of those that begin in this process (10); 0 for none. */
  readonly tracesPerSecond?: number;
  /** Spans of Postgres statements and HTTP requests (on). */
  readonly instrument?: boolean;
  readonly log?: Logger;
}

export interface Telemetry {
  readonly enabled: boolean;
  /** Where Prometheus finds the metrics, when it was asked for. */
  readonly metricsUrl?: string;
  /** Sends what is queued, at most for five seconds. */
  shutdown(): Promise<void>;
}

const off: Telemetry = { enabled: false, shutdown: () => Promise.resolve() };
const EXPORT_TIMEOUT_MS = 5_000;
const METRICS_EVERY_MS = 15_000;
const TRACES_PER_SECOND = 10;
const queue = {
  maxQueueSize: 8_192,
  maxExportBatchSize: 512,
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: EXPORT_TIMEOUT_MS,
};

/**
 * Starts traces, metrics and logs over OTLP/HTTP. Queues are bounded and exports time out: a collector that is slow or
 * away costs dropped telemetry, never time. Without an endpoint not even the SDK is loaded.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { endpoint, metricsPort } = options;
  if (!endpoint && metricsPort === undefined) return off;
  const scraped = metricsPort === undefined ? undefined : await servePrometheus(options, metricsPort);
  const { NodeSDK } = await import('@opentelemetry/sdk-node/build/src/sdk.js');
  const sdk = new NodeSDK(await configuration(options, endpoint, scraped?.reader));
  sdk.start();
  if (endpoint) options.log?.info('telemetry goes to a collector', { endpoint });
  if (scraped) options.log?.info('metrics can be collected', { url: scraped.url });
  const shutdown = async (): Promise<void> => {
    const patience = new Promise<void>((done) => void setTimeout(done, EXPORT_TIMEOUT_MS).unref());
    await Promise.race([sdk.shutdown().catch(() => undefined), patience]);
    await scraped?.close();
  };
  return { enabled: true, shutdown, ...(scraped ? { metricsUrl: scraped.url } : {}) };
}

const nothing = { metricReaders: [], spanProcessors: [], logRecordProcessors: [] };

async function configuration(
  options: TelemetryOptions,
  endpoint: string | undefined,
  scraped: object | undefined,
): Promise<object> {
  const { tracing, resources } = await sdks();
  const sent = endpoint ? await exported(endpoint) : nothing;
  return {
    resource: resources.resourceFromAttributes({
      'service.name': options.service,
      'service.version': options.version,
    }),
    autoDetectResources: false,
    idGenerator,
    sampler: new tracing.ParentBasedSampler({
      root: budgeted(new TraceBudget(options.tracesPerSecond ?? TRACES_PER_SECOND)),
    }),
    ...sent,
    metricReaders: [...sent.metricReaders, ...(scraped ? [scraped] : [])],
    instrumentations: options.instrument === false || !endpoint ? [] : await instrumentations(),
  };
}

/** What goes to the collector. */
async function exported(endpoint: string) {
  const [{ tracing, metrics, logs }, exporters] = await Promise.all([sdks(), otlp()]);
  const to = (signal: string): { url: string; timeoutMillis: number } => ({
    url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return {
    spanProcessors: [
      new tracing.BatchSpanProcessor({ exporter: new exporters.OTLPTraceExporter(to('traces')), ...queue }),
    ],
    metricReaders: [
      new metrics.PeriodicExportingMetricReader({
        exporter: new exporters.OTLPMetricExporter(to('metrics')),
        exportIntervalMillis: METRICS_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
    logRecordProcessors: [
      new logs.BatchLogRecordProcessor({ exporter: new exporters.OTLPLogExporter(to('logs')), ...queue }),
    ],
  };
}

/** One by one: the index of the Node SDK loads its reader of configuration files too, 5 MB in every process. */
async function sdks() {
  const [tracing, metrics, logs, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/sdk-logs'),
    import('@opentelemetry/resources'),
  ]);
  return { tracing, metrics, logs, resources };
}

async function otlp() {
  const [traces, metrics, logs] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
    import('@opentelemetry/exporter-logs-otlp-proto'),
  ]);
  return { ...traces, ...metrics, ...logs };
}

/** Only what was loaded through the ESM hook (`node --import`) or by `require` can be instrumented. */
async function instrumentations(): Promise<unknown[]> {
  const [{ PgInstrumentation }, { HttpInstrumentation }, { NestInstrumentation }] = await Promise.all([
    import('@opentelemetry/instrumentation-pg'),
    import('@opentelemetry/instrumentation-http'),
    import('@opentelemetry/instrumentation-nestjs-core'),
  ]);
  const quiet = (request: { url?: string }): boolean => request.url?.startsWith('/health') ?? false;
  return [
    new PgInstrumentation({ requireParentSpan: true }),
    new HttpInstrumentation({ ignoreIncomingRequestHook: quiet, requireParentforOutgoingSpans: true }),
    new NestInstrumentation(),
  ];
}

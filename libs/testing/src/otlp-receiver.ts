import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { EventuallyOptions } from './eventually.js';
import { eventually } from './eventually.js';
import type { RequestName } from './otlp-schema.js';
import { decodeProtobuf } from './otlp-schema.js';
import type { ReceivedLog, ReceivedMetric, ReceivedSpan } from './otlp-telemetry.js';
import { readLogs, readMetrics, readSpans } from './otlp-telemetry.js';

/** How the receiver answers: with this status, after this delay; `silent` takes requests and never answers. */
export type Behaviour = { readonly status?: number; readonly delayMs?: number } | 'silent';

/** A collector for specs: it keeps what it receives. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT; the signals are posted to `/v1/traces`, `/v1/metrics` and `/v1/logs` under it. */
  readonly url: string;
  /** Everything received so far, in order of arrival; of one trace when an id is given. */
  spans(traceId?: string): readonly ReceivedSpan[];
  metrics(): readonly ReceivedMetric[];
  logs(): readonly ReceivedLog[];
  /** Number of requests seen, also of those that were refused. */
  requests(): number;
  /** Waits for a span; throws when none comes in time. */
  waitForSpan(wanted: (span: ReceivedSpan) => boolean, options?: EventuallyOptions): Promise<ReceivedSpan>;
  /** Refuses, dawdles or falls silent from now on, as a sick collector would; `{}` is healthy again. */
  behave(behaviour: Behaviour): void;
  clear(): void;
  close(): Promise<void>;
}

class Received {
  spans: ReceivedSpan[] = [];
  metrics: ReceivedMetric[] = [];
  logs: ReceivedLog[] = [];
  requests = 0;
}

const signals: Record<string, { name: RequestName; keep(received: Received, request: unknown): void }> = {
  '/v1/traces': { name: 'TraceRequest', keep: (to, request) => to.spans.push(...readSpans(request)) },
  '/v1/metrics': { name: 'MetricsRequest', keep: (to, request) => to.metrics.push(...readMetrics(request)) },
  '/v1/logs': { name: 'LogsRequest', keep: (to, request) => to.logs.push(...readLogs(request)) },
};

/** Starts an OTLP/HTTP receiver on 127.0.0.1 (protobuf and JSON, plain and gzip); without a port, on a free one. */
export async function startOtlpReceiver({
  port = 0,
}: { readonly port?: number } = {}): Promise<OtlpReceiver> {
  const received = new Received();
  let behaviour: Behaviour = {};
  const server = createServer((request, response) => {
    received.requests += 1;
    void answer(request, response, received, () => behaviour);
  });
  // A request that is on its way while this side closes would be lost.
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: (traceId) => received.spans.filter((span) => traceId === undefined || span.traceId === traceId),
    metrics: () => [...received.metrics],
    logs: () => [...received.logs],
    requests: () => received.requests,
    waitForSpan: (wanted, options) => eventually(() => received.spans.find(wanted), options),
    behave: (next) => {
      behaviour = next;
    },
    clear: () => {
      Object.assign(received, new Received());
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  received: Received,
  behaviour: () => Behaviour,
): Promise<void> {
  const body = await bodyOf(request).catch(() => undefined);
  const how = behaviour();
  if (body === undefined || how === 'silent') return;
  if (how.delayMs) await new Promise((done) => setTimeout(done, how.delayMs));
  const status = how.status ?? keep(request, body, received);
  const json = isJson(request);
  // An empty protobuf message is zero bytes.
  response.writeHead(status, { 'content-type': json ? 'application/json' : 'application/x-protobuf' });
  response.end(json ? '{}' : '');
}

function keep(request: IncomingMessage, body: Buffer, received: Received): number {
  const signal = signals[request.url ?? ''];
  if (signal === undefined) return 404;
  if (request.method !== 'POST') return 405;
  try {
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const message: unknown = isJson(request)
      ? JSON.parse(plain.toString())
      : decodeProtobuf(signal.name, plain);
    signal.keep(received, message);
    return 200;
  } catch {
    return 400;
  }
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['content-type']?.startsWith('application/json') ?? false;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resources, tracing } from '@opentelemetry/sdk-node';
import { gzipSync } from 'node:zlib';
import type { OtlpReceiver } from './otlp-receiver.js';
import { startOtlpReceiver } from './otlp-receiver.js';
import { encodeProtobuf } from './otlp-schema.js';

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(() => {
  receiver.behave({});
  receiver.clear();
});
afterAll(() => receiver.close());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const inJson = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'discovery' } }] },
      scopeSpans: [
        {
          scope: { name: 'hand' },
          spans: [
            {
              traceId,
              spanId,
              name: 'scan',
              kind: 5,
              startTimeUnixNano: '1763690400000000001',
              endTimeUnixNano: '1763690400002500001',
              attributes: [
                { key: 'count', value: { intValue: '42' } },
                { key: 'large', value: { intValue: '9223372036854775807' } },
                { key: 'share', value: { doubleValue: 0.5 } },
                { key: 'dry', value: { boolValue: true } },
                { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } } },
                {
                  key: 'map',
                  value: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } },
                },
              ],
              status: { code: 2, message: 'throttled' },
            },
          ],
        },
      ],
    },
  ],
};
const expected = {
  traceId,
  spanId,
  parentSpanId: undefined,
  name: 'scan',
  kind: 'consumer',
  startTime: '2025-11-21T02:00:00.000000001Z',
  endTime: '2025-11-21T02:00:00.002500001Z',
  durationMs: 2.5,
  attributes: {
    count: 42,
    large: '9223372036854775807',
    share: 0.5,
    dry: true,
    list: ['a', 1],
    map: { k: 'v' },
  },
  resource: { 'service.name': 'discovery' },
  scope: 'hand',
  events: [],
  links: [],
  status: { code: 'error', message: 'throttled' },
};

async function post(
  path: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<number> {
  const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf';
  const response = await fetch(receiver.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...headers },
  });
  await response.arrayBuffer();
  return response.status;
}

/** The same request in protobuf, where ids are bytes. */
function inProtobuf(): Uint8Array {
  const request = structuredClone(inJson) as unknown as typeof inJson;
  for (const span of request.resourceSpans.flatMap((one) => one.scopeSpans.flatMap(({ spans }) => spans))) {
    Object.assign(span, { traceId: Buffer.from(traceId, 'hex'), spanId: Buffer.from(spanId, 'hex') });
  }
  return encodeProtobuf('TraceRequest', request);
}

describe('the OTLP receiver', () => {
  it('reads the same span from JSON, protobuf and gzip', async () => {
    expect(await post('/v1/traces', JSON.stringify(inJson))).toBe(200);
    expect(await post('/v1/traces', inProtobuf())).toBe(200);
    expect(await post('/v1/traces', gzipSync(inProtobuf()), { 'content-encoding': 'gzip' })).toBe(200);
    expect(receiver.spans()).toEqual([expected, expected, expected]);
    expect(receiver.spans('f'.repeat(32))).toEqual([]);
  });

  it('reads what the OpenTelemetry exporter sends', async () => {
    const exporter = new OTLPTraceExporter({
      url: `${receiver.url}/v1/traces`,
      compression: 'gzip' as never,
    });
    const provider = new tracing.BasicTracerProvider({
      resource: resources.resourceFromAttributes({ 'service.name': 'orchestrator' }),
      spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
    });
    const tracer = provider.getTracer('spec', '1');
    const parent = tracer.startSpan('run.start', { kind: SpanKind.PRODUCER });
    const link = { context: { traceId, spanId, traceFlags: 1 }, attributes: { why: 'rerun' } };
    const child = tracer.startSpan('process', { links: [link] }, trace.setSpan(context.active(), parent));
    child.setAttribute('trimtab.attempt', 2);
    child.addEvent('retried', { after: 'throttling' });
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    child.end();
    parent.end();
    await provider.forceFlush();
    const seen = await receiver.waitForSpan((span) => span.name === 'process');
    expect(seen).toMatchObject({
      ...{
        traceId: parent.spanContext().traceId,
        parentSpanId: parent.spanContext().spanId,
        kind: 'internal',
      },
      attributes: { 'trimtab.attempt': 2 },
      resource: { 'service.name': 'orchestrator' },
      links: [{ traceId, spanId, attributes: { why: 'rerun' } }],
      events: [{ name: 'retried', attributes: { after: 'throttling' } }],
      status: { code: 'error', message: 'no' },
    });
    expect(Math.abs(Date.parse(seen.startTime) - Date.now())).toBeLessThan(60_000);
    const start = await receiver.waitForSpan((span) => span.name === 'run.start');
    expect(start).toMatchObject({ kind: 'producer', parentSpanId: undefined });
    await provider.shutdown();
  });

  it('reads names of metrics and bodies of logs', async () => {
    const metrics = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'runs', unit: '1' }] }] }] };
    const record = {
      body: { stringValue: 'started' },
      severityText: 'INFO',
      traceId,
      timeUnixNano: '1000000',
    };
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] };
    expect(await post('/v1/metrics', encodeProtobuf('MetricsRequest', metrics))).toBe(200);
    expect(await post('/v1/logs', JSON.stringify(logs))).toBe(200);
    expect(receiver.metrics()).toEqual([{ name: 'runs', unit: '1', resource: {} }]);
    expect(receiver.logs()).toMatchObject([
      {
        body: 'started',
        severity: 'INFO',
        traceId,
        spanId: undefined,
        time: '1970-01-01T00:00:00.001000000Z',
      },
    ]);
  });

  it('refuses what it cannot read', async () => {
    expect(await post('/v1/traces', Buffer.from([0xff, 0xff, 0xff]))).toBe(400);
    expect(await post('/v1/traces', '{')).toBe(400);
    expect(await post('/v1/other', '{}')).toBe(404);
    expect((await fetch(`${receiver.url}/v1/traces`)).status).toBe(405);
    expect(receiver.spans()).toEqual([]);
    expect(receiver.requests()).toBe(4);
  });

  it('can be a sick collector', async () => {
    receiver.behave({ status: 503 });
    expect(await post('/v1/traces', JSON.stringify(inJson))).toBe(503);
    expect(receiver.spans()).toEqual([]);
    receiver.behave('silent');
    const patience = AbortSignal.timeout(100);
    await expect(
      fetch(`${receiver.url}/v1/traces`, { method: 'POST', body: '{}', signal: patience }),
    ).rejects.toThrow();
    receiver.behave({ delayMs: 150 });
    const before = performance.now();
    expect(await post('/v1/traces', JSON.stringify(inJson))).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(140);
    await expect(receiver.waitForSpan((span) => span.name === 'none', { timeoutMs: 20 })).rejects.toThrow(
      /nothing came/,
    );
  });
});

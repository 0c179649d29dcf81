import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spanIdOf, traceIdOf } from '@trimtab/kernel';
import { context, trace } from '@opentelemetry/api';
import { createLogger, emitRunSpan, RUN_START, runContext, startTelemetry } from '../src/index.js';
import type { Telemetry } from '../src/index.js';

const received: { path: string; body: Buffer }[] = [];
const collector = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    received.push({ path: request.url ?? '', body: Buffer.concat(pieces) });
    response.end();
  });
});
const runId = '01919d3c-7a51-7c3e-9d6f-3b1d2a4c5e6f';
let telemetry: Telemetry;

beforeAll(async () => {
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done));
  const { port } = collector.address() as AddressInfo;
  telemetry = await startTelemetry({
    service: 'spec',
    version: '1',
    endpoint: `http://127.0.0.1:${port}`,
    instrument: false,
    tracesPerSecond: 0,
  });
});
afterAll(() => new Promise((done) => collector.close(done)));

describe('telemetry', () => {
  it('exports spans of kept runs with derived ids, logs with their trace, over OTLP, and nothing of traces that are not kept', async () => {
    const start = new Date('2026-11-21T00:00:00Z');
    emitRunSpan({ runId, key: RUN_START, parent: null, name: 'run.start', start, end: start });
    emitRunSpan({
      runId,
      key: 'inventory#1',
      name: 'task discovery.inventory',
      start,
      end: new Date(start.getTime() + 5_000),
    });
    const lines: string[] = [];
    const log = createLogger({ service: 'spec', destination: { write: (line) => void lines.push(line) } });
    context.with(runContext(runId), () => {
      trace.getTracer('spec').startActiveSpan('work', (span) => {
        log.info('inside');
        span.end();
      });
    });
    const dropped = '02919d3c-7a51-7c3e-9d6f-3b1d2a4c5e6f';
    emitRunSpan({
      runId: dropped,
      key: RUN_START,
      parent: null,
      name: 'run.start',
      start,
      end: start,
      sampled: false,
    });
    context.with(runContext(dropped, RUN_START, false), () =>
      trace.getTracer('spec').startSpan('work').end(),
    );
    const beyondBudget = trace.getTracer('spec').startSpan('another trace');
    beyondBudget.end();
    await telemetry.shutdown();
    const hex = (path: string): string =>
      received
        .filter((one) => one.path === path)
        .map((one) => one.body.toString('hex'))
        .join();
    expect(hex('/v1/traces')).toContain(traceIdOf(runId));
    expect(hex('/v1/traces')).toContain(spanIdOf(runId, RUN_START));
    expect(hex('/v1/traces')).toContain(spanIdOf(runId, 'inventory#1'));
    expect(hex('/v1/traces')).not.toContain(traceIdOf(dropped));
    expect(hex('/v1/traces')).not.toContain(beyondBudget.spanContext().traceId);
    expect(hex('/v1/logs')).toContain(Buffer.from('inside').toString('hex'));
    expect(hex('/v1/logs')).toContain(traceIdOf(runId));
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ trace_id: traceIdOf(runId) });
  });

  it('is off without an endpoint', async () => {
    expect((await startTelemetry({ service: 'spec', version: '1' })).enabled).toBe(false);
  });

  it('does not hold up its end when the collector never answers', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const stalled = await startTelemetry({ service: 'spec', version: '1', endpoint, instrument: false });
    // A timer instead of a clock: on a machine that stands still for a while both are late alike.
    let late = false;
    const ending = stalled.shutdown();
    const limit = setTimeout(() => (late = true), 6_000);
    await ending;
    expect(late).toBe(false);
    clearTimeout(limit);
    silent.closeAllConnections();
    silent.close();
  });
});

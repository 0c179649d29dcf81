import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  AlwaysOnSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { anEnvelope } from '../testing.js';
import { contextOf, currentTrace, endSpan, inProcessSpan, withTrace } from './trace.js';

const spans = new InMemorySpanExporter();
const traceId = '0af7651916cd43dd8448eb211c80319c';
const kept = `00-${traceId}-b7ad6b7169203331-01`;
const dropped = `00-${traceId}-b7ad6b7169203331-00`;

beforeAll(() => {
  const spanProcessors = [new SimpleSpanProcessor(spans)];
  const sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() });
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors, sampler }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
beforeEach(() => spans.reset());

/** Handles a message that starts a span of its own, publishes another message and tells what that one carries. */
async function handled(traceparent: string): Promise<string | undefined> {
  const envelope = anEnvelope({ traceparent });
  return inProcessSpan({ subject: 'trimtab.spec', envelope, fields: {}, group: 'spec' }, async () => {
    await Promise.resolve();
    trace.getTracer('spec').startSpan('work').end();
    const out = withTrace('trimtab.spec.next', anEnvelope());
    endSpan(out.span);
    return out.envelope.traceparent;
  });
}

describe('the trace of a message', () => {
  it('is continued when it is kept: handler, what the handler does, what it publishes', async () => {
    const published = await handled(kept);
    const finished = spans.getFinishedSpans();
    const names = finished.map((span) => span.name);
    expect(names).toEqual(['work', 'publish trimtab.spec.next', 'process trimtab.spec']);
    expect(new Set(finished.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    expect(finished[2]?.attributes).toMatchObject({ 'messaging.consumer.group.name': 'spec' });
    expect(published).toBe(`00-${traceId}-${finished[1]?.spanContext().spanId}-01`);
  });

  it('is told onwards and nothing else when whoever began it does not keep it', async () => {
    expect(await handled(dropped)).toBe(dropped);
    expect(spans.getFinishedSpans()).toEqual([]);
  });

  it.each([
    kept,
    dropped,
    `${kept.slice(0, -2)}03`,
    `cc${kept.slice(2)}-more`,
    'odd',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  ])('is read from %s as the standard reads it', (traceparent) => {
    const standard = trace.getSpanContext(propagation.extract(context.active(), { traceparent }));
    expect(trace.getSpanContext(contextOf({ traceparent }))).toEqual(standard);
  });

  it('keeps its state', () => {
    const fields = { traceparent: kept, tracestate: 'vendor=1' };
    expect(currentTrace(contextOf(fields))).toEqual(fields);
  });
});

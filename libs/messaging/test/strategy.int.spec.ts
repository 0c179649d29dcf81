import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { ack } from '../src/index.js';
import { JetStreamStrategy } from '../src/nest.js';
import type { Delivery, Messaging } from '../src/index.js';
import { anEnvelope, eventually } from '../src/testing.js';
import { startBus, topology, working } from './bus.js';
import type { Bus } from './bus.js';

const heard: string[] = [];
const spans = new InMemorySpanExporter();

@Controller()
class SpecController {
  @MessagePattern('trimtab.spec.asked.v1')
  async asked(@Payload() envelope: { id: string }, @Ctx() delivery: Delivery): Promise<string> {
    heard.push(
      `asked ${envelope.id} ${delivery.deliveryCount} ${trace.getActiveSpan()?.spanContext().traceId}`,
    );
    return 'answer';
  }

  @EventPattern('trimtab.spec.told.v1')
  async told(envelope: { id: string }): Promise<void> {
    heard.push(`told ${envelope.id}`);
  }
}

@Module({ controllers: [SpecController] })
class SpecModule {}

let bus: Bus;
let messaging: Messaging;
let app: INestMicroservice;
const results: unknown[] = [];

beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  bus = await startBus();
  messaging = await bus.connect();
  await messaging.provision(topology);
  const strategy = new JetStreamStrategy({
    messaging,
    consumers: [working],
    execute: async (delivery, call) => {
      results.push(await call(delivery.envelope, delivery));
      return ack;
    },
  });
  app = await NestFactory.createMicroservice(SpecModule, { strategy, logger: false });
  await app.listen();
});
afterAll(async () => {
  await app.close();
  await bus.dispose();
});

describe('the Nest transport', () => {
  it('routes by message type to both kinds of handlers, inside a consumer span of the message’s trace', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    await messaging.publish(
      'trimtab.cmd.worker.do',
      anEnvelope({ id: 'a', type: 'trimtab.spec.asked.v1', traceparent }),
    );
    await messaging.publish('trimtab.cmd.worker.do', anEnvelope({ id: 'b', type: 'trimtab.spec.told.v1' }));
    const processed = () => spans.getFinishedSpans().filter(({ name }) => name.startsWith('process '));
    // A span ends after its handler has answered.
    await eventually(() => results.length === 2 && processed().length === 2);
    expect(heard.sort()).toEqual([`asked a 1 ${traceId}`, 'told b']);
    expect(results.sort()).toEqual(['answer', undefined]);
    const span = processed().find((one) => one.spanContext().traceId === traceId);
    expect(span?.name).toBe('process trimtab.cmd.worker.do');
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(span?.attributes).toMatchObject({
      'messaging.system.name': 'nats',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': 'worker',
      'messaging.message.id': 'a',
    });
  });

  it('makes what is published inside a span its child', async () => {
    const tracer = trace.getTracer('spec');
    await tracer.startActiveSpan('outer', async (outer) => {
      await messaging.publish('trimtab.evt.a.b.v1', anEnvelope({ id: 'c' }));
      outer.end();
    });
    const [publish, outer] = spans.getFinishedSpans().slice(-2);
    expect(publish?.name).toBe('publish trimtab.evt.a.b.v1');
    expect(publish?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    const stored = await (await messaging.jsm()).streams.getMessage('EVT', { seq: 1 });
    const { traceparent } = stored!.json<{ traceparent: string }>();
    expect(traceparent).toContain(publish?.spanContext().spanId);
    expect(stored!.header.get('traceparent')).toBe(traceparent);
  });

  it('dead-letters a message that has no handler', async () => {
    await messaging.publish('trimtab.cmd.worker.do', anEnvelope({ type: 'trimtab.spec.unknown.v9' }));
    const jsm = await messaging.jsm();
    await eventually(async () => (await jsm.streams.info('DLQ')).state.messages === 1);
    expect((await jsm.streams.getMessage('DLQ', { seq: 1 }))?.subject).toBe('trimtab.dlq.worker.no-handler');
  });
});

/* eslint-disable @nx/enforce-module-boundaries -- examples belong to no project */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams, subjects } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AckPolicy, connect, JSONCodec } from 'nats';
import type { NatsConnection } from 'nats';
import { inRepository } from '../src/root.js';
import { costEvents } from '../../../examples/02-subscribe-to-cost-events.mjs';

const type = 'trimtab.cost.imported.v1';
const subject = subjects.event(type);
const apiTimeoutMs = 60_000;
const traceOf = (n: number): string => `00-${String(n).padStart(32, 'a')}-${String(n).padStart(16, 'b')}-01`;

const costImported = (n: number): Envelope => ({
  specversion: '1.0',
  id: `cost-${n}`,
  source: '/trimtab/discovery',
  type,
  subject: 'cost/focus-sample',
  time: '2026-11-01T00:00:00.000Z',
  traceparent: traceOf(n),
  sequence: String(n),
  data: {
    source: 'focus-sample',
    firstDay: '2026-10-01',
    lastDay: '2026-10-31',
    rows: n,
    totals: [],
    page: 1,
    pages: 1,
    facts: [],
  },
});

describe('a program on the npm package nats 2.x', () => {
  let servers: TestServers;
  let messaging: Messaging;
  let older: NatsConnection;
  const publish = async (...numbers: number[]) => {
    for (const n of numbers) await messaging.publish(subject, costImported(n), { sendNumber: 1 });
  };

  beforeAll(async () => {
    servers = await testServers();
    messaging = await connectMessaging({ url: servers.natsUrl, name: 'publisher', apiTimeoutMs });
    await messaging.provision({ streams: [...streams], consumers: [] });
    older = await connect({ servers: servers.natsUrl });
    await publish(1, 2, 3);
  });

  afterAll(async () => {
    await older?.close();
    await messaging?.close(1_000);
    await servers?.dispose();
  });

  /** The first `count` events of the example's subscription. */
  async function first(
    count: number,
    options: { from?: Date; after?: number },
    meanwhile?: () => Promise<void>,
  ) {
    const events: { event: Envelope; traceparent: string; subject: string; position: number }[] = [];
    const done = meanwhile?.();
    for await (const one of costEvents(older, options)) if (events.push(one) === count) break;
    await done;
    return events;
  }

  /** Names of those that the server keeps a place for. */
  async function consumers(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of (await older.jetstreamManager({ timeout: apiTimeoutMs })).consumers.list(
      'EVT',
    ))
      names.push(name);
    return names;
  }

  it('really is the older one', () => {
    const { version } = JSON.parse(readFileSync(inRepository('node_modules/nats/package.json'), 'utf8')) as {
      version: string;
    };
    expect(version).toBe('2.29.3');
  });

  it('replays what was published, in order, as CloudEvents with their trace', async () => {
    const events = await first(3, { from: new Date(0) });
    expect(events.map(({ event }) => event)).toEqual([1, 2, 3].map(costImported));
    expect(events.map(({ traceparent }) => traceparent)).toEqual([1, 2, 3].map(traceOf));
    expect(events[0]).toMatchObject({ subject: 'trimtab.evt.cost.imported.v1', position: 1 });
  });

  it('reads the trace from the header alone', async () => {
    const stored = await (
      await older.jetstreamManager({ timeout: apiTimeoutMs })
    ).streams.getMessage('EVT', { seq: 1 });
    expect(stored.header.get('traceparent')).toBe(traceOf(1));
    expect(stored.header.get('content-type')).toMatch(/^application\/cloudevents\+json/);
  });

  it('replays from a time on', async () => {
    await sleep(20);
    const from = new Date();
    await sleep(20);
    await publish(4);
    expect((await first(1, { from })).map(({ event }) => event.id)).toEqual(['cost-4']);
  });

  it('goes on behind the last position that it has seen', async () => {
    const [seen] = await first(1, { from: new Date(0) });
    const [next] = await first(1, { after: seen?.position ?? 0 });
    expect(next?.event.id).toBe('cost-2');
  });

  it('hears only new events when it asks for no time', async () => {
    const others = new Set(await consumers());
    const events = await first(1, {}, async () => {
      await eventually(async () => (await consumers()).some((name) => !others.has(name)));
      await publish(5);
    });
    expect(events.map(({ event }) => event.id)).toEqual(['cost-5']);
  });

  it('may keep its place on the server by a durable consumer', async () => {
    const manager = await older.jetstreamManager({ timeout: apiTimeoutMs });
    await manager.consumers.add('EVT', {
      durable_name: 'finance',
      filter_subject: 'trimtab.evt.cost.>',
      ack_policy: AckPolicy.Explicit,
    });
    const read = async () => {
      const message = await (await older.jetstream().consumers.get('EVT', 'finance')).next();
      await message?.ackAck();
      return JSONCodec<Envelope>().decode(message?.data ?? new Uint8Array()).id;
    };
    expect([await read(), await read()]).toEqual(['cost-1', 'cost-2']);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams, subjects } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { createPool, migrate, PostgresOutbox, withTransaction, workerMigrations } from '@trimtab/event-store';
import type { Envelope } from '@trimtab/kernel';
import type { Messaging, PubAck } from '@trimtab/messaging';
import { createLogger } from '@trimtab/observability';
import { eventually } from '@trimtab/messaging/testing';
import type { Pool } from 'pg';
import { LostEvents, OutboxRelay } from '../src/testing.js';
import { connectPatiently } from './orchestrating.js';

const log = createLogger({ service: 'spec', level: 'silent' });
const event = subjects.event('trimtab.sample.seen.v1');

let servers: TestServers;
let pool: Pool;
let bus: Messaging;
let outbox: PostgresOutbox;
let relay: OutboxRelay;

beforeAll(async () => {
  servers = await testServers();
  pool = createPool({ url: servers.databaseUrl, connectMs: 60_000 });
  await migrate(pool, { schema: 'sample', migrations: workerMigrations });
  bus = await connectPatiently(servers.natsUrl);
  await bus.provision({ streams, consumers: [] });
  outbox = new PostgresOutbox(pool, 'sample');
  relay = new OutboxRelay(outbox, bus, log);
});
afterAll(async () => {
  await bus?.close(1_000);
  await pool?.end();
  await servers?.dispose();
});

const envelope = (id: string): Envelope => ({
  specversion: '1.0',
  id,
  source: '/trimtab/sample',
  type: 'trimtab.sample.seen.v1',
  time: '2026-11-21T00:00:00.000Z',
  data: {},
});

async function send(...messages: { id: string; subject: string }[]): Promise<void> {
  const numbered = messages.map(({ id, subject }) => ({ subject, envelope: envelope(id) }));
  const unsent = await withTransaction(pool, (tx) => outbox.add(tx, numbered));
  expect(await relay.send(unsent)).toBe(true);
  await eventually(async () => (await outbox.unsent(10)).length === 0);
}

const yes = (): boolean => true;
const no = (): boolean => false;

async function loseTheStore(): Promise<void> {
  const jsm = await bus.jsm();
  const before = (await jsm.streams.info('EVT')).created;
  await servers.nats.kill();
  await eventually(() => !bus.connected);
  await servers.nats.wipe();
  await servers.nats.start();
  await eventually(() => bus.connected);
  await eventually(() => bus.provision({ streams, consumers: [] }).then(yes, no));
  await eventually(() => jsm.streams.info('EVT').then(({ created }) => created !== before, no));
}

/** Publishes what is unsent at once, as a service does when it starts. */
async function relayed(): Promise<void> {
  const fresh = new OutboxRelay(outbox, bus, log);
  fresh.start();
  await eventually(async () => (await outbox.unsent(10)).length === 0);
  await fresh.stop();
}

async function stored(stream: string): Promise<string[]> {
  const ids: string[] = [];
  const { finished } = await bus.replay({ stream, live: false, onMessage: ({ id }) => void ids.push(id) });
  await finished;
  return ids.sort();
}

describe('public events whose stream is lost', () => {
  it('are published again from the outbox; what is older, and results, are not', async () => {
    const lost = new LostEvents(outbox, relay, bus, log);
    await send(
      { id: 'old', subject: event },
      { id: 'new', subject: event },
      { id: 'result', subject: subjects.result(0, 'run') },
    );
    await pool.query(`UPDATE sample.outbox SET sent_at = now() - interval '2 hours' WHERE id = 'old'`);
    await lost.look();
    expect(await outbox.unsent(10)).toEqual([]);

    await loseTheStore();
    expect(await stored('EVT')).toEqual([]);
    await lost.look();
    await relayed();
    expect(await stored('EVT')).toEqual(['new']);
    expect((await (await bus.jsm()).streams.info('RES')).state.messages).toBe(0);
  });

  it('are noticed by a service that was not there when it happened, once', async () => {
    await send({ id: 'newer', subject: event });
    await loseTheStore();
    const lost = new LostEvents(outbox, relay, bus, log);
    await lost.look();
    await relayed();
    expect(await stored('EVT')).toEqual(['new', 'newer']);
    await lost.look();
    expect(await outbox.unsent(10)).toEqual([]);
  });

  it('are published again also when the rest of their commit is still on its way as the loss is seen', async () => {
    let confirm: (ack: PubAck) => void = () => {};
    const confirmed = new Promise<PubAck>((done) => (confirm = done));
    const slow = {
      connected: true,
      publish: (subject: string, one: Envelope, options: { sendNumber?: number }) =>
        one.id === 'late' ? confirmed : bus.publish(subject, one, options),
    };
    const own = new OutboxRelay(outbox, slow, log);
    const lost = new LostEvents(outbox, own, bus, log);
    await lost.look();
    const commit = [
      { subject: event, envelope: envelope('early') },
      { subject: subjects.result(0, 'run'), envelope: envelope('late') },
    ];
    const sending = own.send(await withTransaction(pool, (tx) => outbox.add(tx, commit)));
    await eventually(async () => (await stored('EVT')).includes('early'));
    await loseTheStore();
    setTimeout(() => confirm({ stream: 'RES', seq: 1, duplicate: false }), 500);
    await lost.look();
    expect(await sending).toBe(true);
    await own.settled();
    await relayed();
    expect(await stored('EVT')).toContain('early');
  });
});

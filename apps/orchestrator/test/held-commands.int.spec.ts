import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandConsumer, streams, subjects } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Messaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';
import { JetStreamHeldCommands } from '../src/outbound/held-commands.js';
import { openBus } from './connections.js';

const envelope = {
  specversion: '1.0',
  source: '/test',
  type: 'test',
  time: '2026-01-01T00:00:00Z',
} as const;

describe('what the broker holds of commands', () => {
  let servers: TestServers;
  let messaging: Messaging;
  beforeAll(async () => {
    servers = await testServers();
    messaging = await openBus(servers.natsUrl, 'held');
  });
  afterAll(async () => {
    await messaging.close(1_000);
    await servers.dispose();
  });

  it('is told by the newest place of all and the oldest of a subject, also before there is a stream', async () => {
    const held = new JetStreamHeldCommands(messaging);
    const [work, other] = ['work', 'other'].map((action) => subjects.command('test', 'default', action));
    if (work === undefined || other === undefined) throw new Error('two subjects');
    expect([await held.newest(), await held.oldest(work)]).toEqual([0, undefined]);
    await messaging.provision({ streams, consumers: [] });
    for (const [i, subject] of [other, work, work].entries())
      await messaging.publish(subject, { ...envelope, id: String(i), data: {} });
    expect([await held.newest(), await held.oldest(other), await held.oldest(work)]).toEqual([3, 1, 2]);
    const jsm = await messaging.jsm();
    await jsm.streams.deleteMessage('CMD', 2);
    expect(await held.oldest(work)).toBe(3);
    await jsm.streams.deleteMessage('CMD', 3);
    expect([await held.newest(), await held.oldest(work)]).toEqual([3, undefined]);
  });

  it('is told by how far a queue was given out while more of it waits', async () => {
    const held = new JetStreamHeldCommands(messaging);
    const subject = subjects.command('slow', 'gpu', 'work');
    const consumer = commandConsumer('slow', 'gpu');
    await messaging.provision({ streams, consumers: [consumer] });
    const place = async (): Promise<number> => (await held.givenOut())(subject);
    expect(await place()).toBe(Infinity);
    const sequences: number[] = [];
    for (const id of ['a', 'b', 'c'])
      sequences.push((await messaging.publish(subject, { ...envelope, id, data: {} })).seq);
    // The broker counts what waits a moment after it has stored it.
    await eventually(async () => (await place()) === 0);
    const jsm = await messaging.jsm();
    const worker = await jsm.jetstream().consumers.get('CMD', consumer.durable);
    const taken = await worker.fetch({ max_messages: 2, expires: 30_000 });
    const inHand: { nak(): void }[] = [];
    for await (const message of taken) inHand.push(message);
    // Only now: what is given back before would be given out in place of the second.
    for (const message of inHand) message.nak();
    await eventually(async () => (await place()) === sequences[1]);
    expect((await held.givenOut())(subjects.command('slow', 'default', 'work'))).toBe(Infinity);
  });
});

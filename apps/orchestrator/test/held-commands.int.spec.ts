import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams, subjects } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { JetStreamHeldCommands } from '../src/outbound/held-commands.js';

describe('what the broker holds of commands', () => {
  let servers: TestServers;
  let messaging: Messaging;
  beforeAll(async () => {
    servers = await testServers();
    messaging = await connectMessaging({ url: servers.natsUrl, name: 'held' });
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
    const envelope = {
      specversion: '1.0',
      source: '/test',
      type: 'test',
      time: '2026-01-01T00:00:00Z',
    } as const;
    for (const [i, subject] of [other, work, work].entries())
      await messaging.publish(subject, { ...envelope, id: String(i), data: {} });
    expect([await held.newest(), await held.oldest(other), await held.oldest(work)]).toEqual([3, 1, 2]);
    const jsm = await messaging.jsm();
    await jsm.streams.deleteMessage('CMD', 2);
    expect(await held.oldest(work)).toBe(3);
    await jsm.streams.deleteMessage('CMD', 3);
    expect([await held.newest(), await held.oldest(work)]).toEqual([3, undefined]);
  });
});

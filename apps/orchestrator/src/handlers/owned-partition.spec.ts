import { describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@trimtab/event-store/testing';
import { FeedBeat } from './feed-beat.js';
import { OwnedPartition } from './owned-partition.js';

describe('a partition that is owned', () => {
  it('is let go of as a whole, though the connection ended while it was being opened', async () => {
    const { log } = memoryEventStore({ partitions: 1 });
    let stopped = 0;
    let closing: Promise<void> | undefined;
    const messaging = {
      jsm: () => Promise.reject(new Error('closed connection')),
      respond: () => ({ stop: () => Promise.resolve((stopped += 1)) }),
      consume: () => {
        closing = partition.close();
        throw new Error('closed connection');
      },
    };
    const world = { log, clock: { ms: 0 }, logger: { warn: () => undefined } };
    const beat = new FeedBeat(() => performance.now());
    const lease = { partition: 0, epoch: '1' };
    const partition = new OwnedPartition(lease as never, world as never, messaging as never, beat);
    partition.open();
    for (const end = Date.now() + 20_000; !closing && Date.now() < end;)
      await new Promise((done) => setTimeout(done, 1));
    await closing;
    expect(stopped).toBe(1);
  });
});

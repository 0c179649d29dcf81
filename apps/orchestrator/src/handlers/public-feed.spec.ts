import { describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@trimtab/event-store/testing';
import type { Publication, LogRow } from '../domain/public-events.js';
import type { TaskBus } from '../outbound/task-bus.js';
import { FeedBeat } from './feed-beat.js';
import { PublicFeed } from './public-feed.js';

const STREAM = 'run-00000000-0000-8000-8000-000000000001';

/** A feed of one partition over a log in memory, and what it published. */
function feed() {
  const { log, writer } = memoryEventStore({ partitions: 1 });
  const published: Publication[] = [];
  const bus = { publish: async (all: readonly Publication[]) => void published.push(...all) };
  const world = { log, bus: bus as unknown as TaskBus, incidents: {}, logger: {} };
  const one = new PublicFeed(0, world as never, new FeedBeat(() => performance.now()));
  let stored = 0;
  const store = async (count: number): Promise<() => void> => {
    const rows = Array.from({ length: count }, (_, i) => row(stored + i + 1));
    const { firstSequence } = await writer.append(0, STREAM, stored, rows);
    stored += count;
    return () => one.stored(rows, firstSequence);
  };
  return { one, published, store };
}

const at = '2026-11-01T00:00:00.000Z';
const row = (n: number): LogRow & { type: string; at: string } => ({
  ...{ type: 'TaskSkipped', at },
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  stream: STREAM,
  data: {
    ...{ type: 'TaskSkipped', task: `t${n}`, reason: 'condition', at },
    meta: { n: n - 1, workflow: 'wide', version: 1, uses: 'test.work' },
  } as LogRow['data'],
});

describe('public events of a partition', () => {
  it('are all published though more were stored than are remembered, and nothing happens afterwards', async () => {
    const { one, published, store } = feed();
    one.start();
    const tell = [await store(3_500), await store(2_500), await store(10)];
    for (const stored of tell) stored();
    for (const end = Date.now() + 20_000; published.length < 6_010 && Date.now() < end;)
      await new Promise((done) => setTimeout(done, 10));
    expect(published.map(({ envelope }) => Number(envelope.sequence))).toEqual(
      Array.from({ length: 6_010 }, (_, i) => i + 1),
    );
    await one.stop();
  });
});

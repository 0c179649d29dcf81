import { describe, expect, it } from '@jest/globals';
import type { EventAppender, EventLog } from '../../src/index.js';
import { codeOf, event, events } from '../fixtures.js';

export interface StoreUnderTest {
  readonly log: EventLog;
  readonly writer: EventAppender;
  /** Lets another instance take the partition. */
  readonly fence: (partition: number) => Promise<void>;
}

/** What every event store promises, whatever it is made of. `make` gives an empty one with four partitions. */
export function eventStoreContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`the event store contract: ${name}`, () => {
    it('returns what was appended, in order of stream and of partition', async () => {
      const { log, writer } = await make();
      const given = events(5, { list: [1, null, 'a\u0000b'], nested: { ok: true } });
      expect(await writer.append(1, 'run-1', 0, given.slice(0, 2))).toEqual({
        version: 2,
        firstSequence: 1,
        lastSequence: 2,
      });
      await writer.append(1, 'run-2', 0, events(1));
      expect(await writer.append(1, 'run-1', 2, given.slice(2))).toMatchObject({
        version: 5,
        firstSequence: 4,
      });
      const stored = await log.readStream('run-1');
      expect(stored.map(({ id, type, data, at }) => ({ id, type, data, at }))).toEqual(given);
      expect(stored.map((e) => [e.version, e.sequence])).toEqual(
        [1, 2, 3, 4, 5].map((v) => [v, v < 3 ? v : v + 1]),
      );
      expect((await log.readStream('run-1', 4)).map((e) => e.version)).toEqual([4, 5]);
      expect((await log.readPartition(1, 2, 3)).map((e) => e.sequence)).toEqual([3, 4, 5]);
      expect(await log.readPartition(0, 0, 10)).toEqual([]);
    });

    it('returns many streams at once, as many whole ones as fit', async () => {
      const { log, writer } = await make();
      const data = { text: 'x'.repeat(100) };
      await Promise.all(['a', 'b', 'c'].map((stream) => writer.append(2, stream, 0, events(3, data))));
      const read = async (maxBytes: number, ...starts: [string, number][]) => {
        const found = await log.readStreams(
          starts.map(([stream, version]) => ({ stream, version })),
          maxBytes,
        );
        return [...found].map(([stream, list]) => [stream, list.map(({ version }) => version)]);
      };
      const all = [['c', 1], ['none', 1], ['a', 3], ['b', 4]] as [string, number][]; // prettier-ignore
      const versions = [['c', [1, 2, 3]], ['none', []], ['a', [3]], ['b', []]]; // prettier-ignore
      expect(await read(1_000_000, ...all)).toEqual(versions);
      expect(await read(400, ...all)).toEqual(versions.slice(0, 2));
      expect(await read(200, ...all)).toEqual([]);
      expect(await read(1_000_000)).toEqual([]);
      expect((await log.readStreams([{ stream: 'a', version: 2 }], 1_000)).get('a')).toEqual(
        await log.readStream('a', 2),
      );
    });

    it('finds runs and snapshots by many ids', async () => {
      const { log, writer } = await make();
      const row = { kind: 'run.upsert', stream: 's', status: 'A', terminal: true, version: 1 } as const;
      const attachments = ['r', 'q'].map((run) => ({ ...row, run }));
      await writer.append(2, 's', 0, events(1), { attachments });
      expect((await log.runsById(['q', 'none', 'r'])).map(({ run }) => run).sort()).toEqual(['q', 'r']);
      const snapshot = { version: 1, codeVersion: 'v1', data: { a: 1 } };
      for (const stream of ['s', 't']) await log.saveSnapshot({ stream, ...snapshot });
      const found = await log.loadSnapshots(['t', 'none', 's'], 'v1');
      expect([...found.keys()].sort()).toEqual(['s', 't']);
      expect(found.get('t')).toEqual(await log.loadSnapshot('t', 'v1'));
      expect((await log.loadSnapshots(['s'], 'v2')).size).toBe(0);
    });

    it('refuses a wrong expected version, and all that was queued behind it', async () => {
      const { log, writer } = await make();
      await writer.append(0, 'run', 0, events(2));
      const codes = await Promise.all(
        [1, 2, 3, 7].map((version) => codeOf(writer.append(0, 'run', version, events(1)))),
      );
      expect(codes).toEqual(Array(4).fill('stream.version-conflict'));
      expect(await log.readStream('run')).toHaveLength(2);
      expect(await codeOf(writer.append(0, 'run', 2, events(1)))).toBe('no error');
    });

    it('takes chained appends that were queued together', async () => {
      const { log, writer } = await make();
      const results = await Promise.all(
        [0, 2, 4].map((version) => writer.append(3, 'run', version, events(2))),
      );
      expect(results.map((result) => result.version)).toEqual([2, 4, 6]);
      expect((await log.readStream('run')).map((e) => e.version)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it('processes an input once per partition and keeps its result', async () => {
      const { log, writer } = await make();
      const attachments = [{ kind: 'idempotency', key: 'b', result: { n: 1 } }] as const;
      await writer.append(0, 'run', 0, events(1), { inputIds: ['a'], attachments });
      expect(await codeOf(writer.append(0, 'x', 0, events(1), { inputIds: ['a'] }))).toBe(
        'input.already-processed',
      );
      expect(await codeOf(writer.append(1, 'y', 0, events(1), { inputIds: ['a'] }))).toBe('no error');
      expect(await log.readStream('x')).toEqual([]);
      expect((await log.processed(0, ['b', 'c'])).get('b')).toMatchObject({ key: 'b', result: { n: 1 } });
    });

    it('keeps timers and run summaries by their last word', async () => {
      const { log, writer } = await make();
      const timer = { kind: 'timer.set', run: 'r', key: 'k', dueAt: '2020-01-01T00:00:00.000Z' } as const;
      const later = { ...timer, key: 'later', dueAt: '2999-01-01T00:00:00.000Z' };
      const run = {
        kind: 'run.upsert',
        run: 'r',
        stream: 'run',
        status: 'A',
        terminal: false,
        version: 1,
      } as const;
      await writer.append(2, 'run', 0, events(1), { attachments: [timer, later, run] });
      expect(await log.dueTimers([2], 10)).toMatchObject([
        { run: 'r', key: 'k', partition: 2, dueAt: timer.dueAt },
      ]);
      expect(await log.dueTimers([1], 10)).toEqual([]);
      expect(await log.openRuns(2)).toMatchObject([{ run: 'r', status: 'A' }]);
      await writer.append(2, 'run', 1, [], {
        attachments: [
          { kind: 'timer.clear', run: 'r', key: 'k' },
          { ...run, status: 'DONE', terminal: true },
        ],
      });
      expect(await log.dueTimers([2], 10)).toEqual([]);
      expect((await log.nextTimerIn([2])) ?? 0).toBeGreaterThan(1e12);
      expect(await log.openRuns(2)).toEqual([]);
      expect(await log.run('r')).toMatchObject({ status: 'DONE', terminal: true });
    });

    it('refuses a fenced partition and content that is not an event', async () => {
      const { log, writer, fence } = await make();
      await fence(1);
      expect(await codeOf(writer.append(1, 'run', 0, events(1)))).toBe('partition.fenced');
      expect(await codeOf(writer.append(0, 'run', 0, [{ ...event('A'), id: '1' }]))).toBe('append.invalid');
      expect(await codeOf(writer.append(0, 'run', -1, events(1)))).toBe('append.invalid');
      expect(await log.readPartition(1, 0, 10)).toEqual([]);
    });

    it('keeps checkpoints that only move forward and snapshots per code version', async () => {
      const { log } = await make();
      await log.saveCheckpoint('feed', 1, 10);
      await log.saveCheckpoint('feed', 1, 5);
      expect(await log.checkpoints('feed')).toEqual(new Map([[1, 10]]));
      await log.resetCheckpoints('feed');
      expect(await log.checkpoints('feed')).toEqual(new Map());
      await log.saveSnapshot({ stream: 's', version: 3, codeVersion: 'v1', data: { a: 1 } });
      await log.saveSnapshot({ stream: 's', version: 2, codeVersion: 'v1', data: { a: 0 } });
      expect(await log.loadSnapshot('s', 'v1')).toMatchObject({ version: 3, data: { a: 1 } });
      expect(await log.loadSnapshot('s', 'v2')).toBeUndefined();
    });
  });
}

import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { EventWriter, PostgresEventLog } from '../src/index.js';
import { codeOf, event, events, freshLog, writerOfAll } from './fixtures.js';
import type { TestPostgres } from './postgres.js';
import { startPostgres } from './postgres.js';

let server: TestPostgres;
let pool: pg.Pool;
let schema: string;
let log: PostgresEventLog;
let writer: EventWriter;

beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.destroy());
beforeEach(async () => {
  ({ pool, schema, log } = await freshLog(server.url));
  writer = await writerOfAll(pool, schema);
});
afterEach(async () => {
  await writer.close();
  await pool.end();
});

describe('the event writer on Postgres', () => {
  it('stores what it was given, JSON with NUL escapes and lone surrogates included', async () => {
    const data = {
      text: 'a\u0000b "quoted" \\ ünïcode 🌊 \ud800',
      list: [1.5, null, true],
      nested: { a: {} },
    };
    const given = event('Happened', data);
    const result = await writer.append(2, 'run-1', 0, [given]);
    expect(result).toEqual({ version: 1, firstSequence: 1, lastSequence: 1 });
    expect(await log.readStream('run-1')).toEqual([
      { ...given, stream: 'run-1', version: 1, partition: 2, sequence: 1 },
    ]);
  });

  it('lets what nobody waits for share the next commit, and stores it soon when there is none', async () => {
    await writer.append(1, 'run-0', 0, events(1));
    const { batches } = writer.stats;
    const quiet = [1, 2, 3].map((n) => writer.append(n, `quiet-${n}`, 0, events(1), { patient: true }));
    await Promise.all([...quiet, writer.append(2, 'run-2', 0, events(1))]);
    expect(writer.stats.batches - batches).toBe(1);
    const alone = await writer.append(3, 'quiet-4', 0, events(1), { patient: true });
    expect(await log.readStream('quiet-4')).toMatchObject([{ version: alone.version }]);
  });

  it('stores what nobody waits for before it lets go of a partition, and before it closes', async () => {
    const quiet = [1, 2].map((n) => writer.append(n, `run-${n}`, 0, events(1), { patient: true }));
    await writer.shut(1);
    const last = writer.append(2, 'run-3', 0, events(1), { patient: true });
    await writer.close();
    expect((await Promise.all([...quiet, last])).map(({ version }) => version)).toEqual([1, 1, 1]);
  });

  it('gives each partition a dense sequence and each stream dense versions under concurrent appends', async () => {
    const versions = new Map<string, number>();
    const done = Array.from({ length: 3_000 }, (_, i) => {
      const stream = `run-${i % 170}`;
      const version = versions.get(stream) ?? 0;
      const count = 1 + (i % 3);
      versions.set(stream, version + count);
      return writer.append((i % 170) % 4, stream, version, events(count));
    });
    await Promise.all(done);
    for (const partition of [0, 1, 2, 3]) {
      const stored = await log.readPartition(partition, 0, 10_000);
      expect(stored.map((e) => e.sequence)).toEqual(stored.map((_, i) => i + 1));
    }
    for (const [stream, version] of versions) {
      const stored = await log.readStream(stream);
      expect(stored.map((e) => e.version)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
    }
    expect(writer.stats.batches).toBeLessThan(30);
    expect(writer.stats.pending).toBe(0);
  });

  it('refuses only the guilty append of a batch, and what was built on it', async () => {
    await writer.append(0, 'taken', 0, events(2));
    writer.open({ ...(await leaseNow(0)) });
    const outcomes = await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => codeOf(writer.append(i % 4, `new-${i}`, 0, events(2)))),
      codeOf(writer.append(0, 'taken', 0, events(1))),
      codeOf(writer.append(0, 'taken', 1, events(1))),
      ...Array.from({ length: 20 }, (_, i) => codeOf(writer.append(i % 4, `new-${i}`, 2, events(1)))),
    ]);
    expect(outcomes.filter((code) => code === 'stream.version-conflict')).toHaveLength(2);
    expect(outcomes.filter((code) => code === 'no error')).toHaveLength(40);
    expect(await log.readStream('taken')).toHaveLength(2);
    const stored = await log.readPartition(0, 0, 1_000);
    expect(stored.map((e) => e.sequence)).toEqual(stored.map((_, i) => i + 1));
  });

  it('refuses a gap: a version that the stream has not reached', async () => {
    await writer.append(0, 'run', 0, events(1));
    expect(await codeOf(writer.append(0, 'run', 5, events(1)))).toBe('stream.version-conflict');
    writer.open(await leaseNow(0));
    expect(await codeOf(writer.append(0, 'run', 5, events(1)))).toBe('stream.version-conflict');
    expect(await codeOf(writer.append(0, 'other', 1, events(1)))).toBe('stream.version-conflict');
    expect(await codeOf(writer.append(0, 'run', 1, events(1)))).toBe('no error');
  });

  it('refuses content that Postgres cannot hold without harming its neighbours', async () => {
    const outcomes = await Promise.all([
      codeOf(writer.append(0, 'good-1', 0, events(1))),
      codeOf(writer.append(0, 'bad\u0000stream', 0, events(1))),
      codeOf(writer.append(0, 'good-2', 0, events(1))),
    ]);
    expect(outcomes).toEqual(['no error', 'append.invalid', 'no error']);
    expect(await codeOf(writer.append(0, 'x', 0, [{ ...event('A'), id: 'no-uuid' }]))).toBe('append.invalid');
    expect(await codeOf(writer.append(0, 'x', 0, [{ ...event('A'), at: 'yesterday' }]))).toBe(
      'append.invalid',
    );
    expect(await codeOf(writer.append(0, 'x', 0, [event('A', 1n)]))).toBe('append.invalid');
    expect(await codeOf(writer.append(0, 'x', 0, [event('A', 'x'.repeat(40_000_000))]))).toBe(
      'append.too-large',
    );
  });

  it('processes an input once, in one batch and across batches', async () => {
    const twice = [1, 2].map((n) =>
      codeOf(writer.append(0, `run-${n}`, 0, events(1), { inputIds: ['in-1'] })),
    );
    expect(await Promise.all(twice)).toEqual(['no error', 'input.already-processed']);
    expect(await codeOf(writer.append(0, 'run-3', 0, events(1), { inputIds: ['in-1'] }))).toBe(
      'input.already-processed',
    );
    expect(await log.readStream('run-3')).toEqual([]);
    const stored = { kind: 'idempotency', key: 'in-2', result: { ok: true } } as const;
    await writer.append(0, 'run-4', 0, [], { attachments: [stored] });
    const found = await log.processed(0, ['in-1', 'in-2', 'in-3']);
    expect([...found.keys()].sort()).toEqual(['in-1', 'in-2']);
    expect(found.get('in-2')?.result).toEqual({ ok: true });
  });

  it('writes timers, run summaries and public messages in the commit, the last word winning', async () => {
    const timer = (key: string, dueAt: string) =>
      ({ kind: 'timer.set', run: 'r', key, dueAt, data: { key } }) as const;
    const run = (status: string, terminal: boolean, version: number) =>
      ({
        kind: 'run.upsert',
        run: 'r',
        stream: 'run-r',
        status,
        terminal,
        version,
        data: { n: version },
      }) as const;
    const message = (id: string) => ({ kind: 'public', id, subject: 's', message: { id } }) as const;
    const past = '2020-01-01T00:00:00.000Z';
    await Promise.all([
      writer.append(1, 'run-r', 0, events(1), {
        attachments: [timer('a', past), timer('b', past), run('RUNNING', false, 1), message('m1')],
      }),
      writer.append(1, 'run-r', 1, events(1), {
        attachments: [
          { kind: 'timer.clear', run: 'r', key: 'a' },
          timer('b', '2020-01-02T00:00:00.000Z'),
          timer('c', '2999-01-01T00:00:00.000Z'),
          run('WAITING', false, 2),
          message('m2'),
        ],
      }),
    ]);
    expect((await log.dueTimers([0, 1], 10)).map((t) => [t.key, t.dueAt, t.data])).toEqual([
      ['b', '2020-01-02T00:00:00.000Z', { key: 'b' }],
    ]);
    expect((await log.timersOf(1, 'r')).map((t) => t.key)).toEqual(['b', 'c']);
    expect(await log.nextTimerIn([1])).toBe(0);
    expect(await log.nextTimerIn([0])).toBeUndefined();
    expect(await log.openRuns(1)).toMatchObject([
      { run: 'r', stream: 'run-r', status: 'WAITING', version: 2 },
    ]);
    expect((await log.readPublic(1, 0, 10)).map((m) => m.id)).toEqual(['m1', 'm2']);
    await writer.append(1, 'run-r', 2, events(1), {
      attachments: [run('COMPLETED', true, 3), { kind: 'timer.clear', run: 'r', key: 'b' }],
    });
    expect(await log.openRuns(1)).toEqual([]);
    expect(await log.dueTimers([1], 10)).toEqual([]);
    expect(await log.run('r')).toMatchObject({ status: 'COMPLETED', terminal: true, data: { n: 3 } });
  });

  it('keeps checkpoints from going back and ignores snapshots that are corrupt or of other code', async () => {
    await log.saveCheckpoint('feed', 1, 10);
    await log.saveCheckpoint('feed', 1, 5);
    expect(await log.checkpoints('feed')).toEqual(new Map([[1, 10]]));
    await log.saveSnapshot({ stream: 's', version: 3, codeVersion: 'v1', data: { a: 1 } });
    await log.saveSnapshot({ stream: 's', version: 2, codeVersion: 'v1', data: { a: 0 } });
    expect(await log.loadSnapshot('s', 'v1')).toMatchObject({ version: 3, data: { a: 1 } });
    expect(await log.loadSnapshot('s', 'v2')).toBeUndefined();
    await pool.query(`UPDATE ${schema}.snapshots SET data = '{"a":2}'`);
    expect(await log.loadSnapshot('s', 'v1')).toBeUndefined();
    await log.saveSnapshot({ stream: 's', version: 3, codeVersion: 'v1', data: { a: 1 } });
    expect(await log.loadSnapshot('s', 'v1')).toMatchObject({ version: 3, data: { a: 1 } });
  });
});

async function leaseNow(partition: number) {
  const { rows } = await pool.query(`SELECT * FROM ${schema}.partitions WHERE id = $1`, [partition]);
  const { epoch, last_sequence, last_batch } = rows[0];
  return { partition, epoch: Number(epoch), lastSequence: Number(last_sequence), lastBatch: last_batch };
}

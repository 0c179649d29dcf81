import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createPool, EventWriter, openEventLog } from '../src/index.js';
import type { PostgresEventLog, StoredEvent } from '../src/index.js';
import { codeOf, events, freshLog, takeAll, writerOfAll } from './fixtures.js';
import { CuttingProxy } from './cutting-proxy.js';
import type { TestPostgres } from './postgres.js';
import { startPostgres } from './postgres.js';

let server: TestPostgres;
let pool: pg.Pool;
let schema: string;
let log: PostgresEventLog;

beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.destroy());
beforeEach(async () => void ({ pool, schema, log } = await freshLog(server.url)));
afterEach(() => pool.end());

/** Appends two events at a time to many streams until told to stop; returns the versions that were confirmed. */
async function load(
  writer: EventWriter,
  streams: number,
  running: () => boolean,
): Promise<Map<string, number>> {
  const confirmed = new Map<string, number>();
  await Promise.all(
    Array.from({ length: streams }, async (_, i) => {
      for (let version = 0; running(); version += 2) {
        await writer.append(i % 4, `run-${i}`, version, events(2), { inputIds: [`${i}/${version}`] });
        confirmed.set(`run-${i}`, version + 2);
      }
    }),
  );
  return confirmed;
}

/** Read on connections of its own: of the pool's, one may have been killed without having heard of it yet. */
async function everything(): Promise<StoredEvent[]> {
  const own = createPool({ url: server.url, connectMs: 60_000 });
  try {
    const whole = await openEventLog(own, { schema, partitions: 4 });
    return (await Promise.all([0, 1, 2, 3].map((p) => whole.readPartition(p, 0, 1_000_000)))).flat();
  } finally {
    await own.end();
  }
}

async function expectExactly(confirmed: Map<string, number>): Promise<void> {
  const all = await everything();
  const stored = new Map<string, number[]>();
  for (const event of all) stored.set(event.stream, [...(stored.get(event.stream) ?? []), event.version]);
  for (const [stream, version] of confirmed) {
    expect([stream, stored.get(stream)]).toEqual([stream, Array.from({ length: version }, (_, i) => i + 1)]);
  }
  expect(new Set(all.map((e) => e.id)).size).toBe(all.length);
  expect(all.length).toBe([...confirmed.values()].reduce((a, b) => a + b, 0));
  for (const partition of [0, 1, 2, 3]) {
    const sequences = all.filter((e) => e.partition === partition).map((e) => e.sequence);
    expect(sequences).toEqual(sequences.map((_, i) => i + 1));
  }
}

describe('the event writer survives', () => {
  it('a killed backend, again and again under load, losing and doubling nothing', async () => {
    const stalls: unknown[] = [];
    const writer = await writerOfAll(pool, schema, { onStall: (error) => stalls.push(error) });
    let running = true;
    const done = load(writer, 40, () => running);
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%WITH fence%'`;
    // On a slow machine fewer of the kills find a backend that is connected again: then there are more.
    for (let i = 0; running; i += 1) {
      await sleep(40);
      await pool.query(kill).catch(() => undefined);
      running = i < 24 || stalls.length <= 5;
    }
    const confirmed = await done;
    expect(stalls.length).toBeGreaterThan(5);
    await writer.close();
    await expectExactly(confirmed);
  });

  it('restarts of Postgres, gentle and by crash, keeping appends pending meanwhile', async () => {
    const writer = await writerOfAll(pool, schema);
    let running = true;
    const done = load(writer, 40, () => running);
    try {
      for (const mode of ['fast', 'immediate'] as const) {
        await sleep(150);
        await server.stop(mode);
        await sleep(150);
        expect(writer.stats.pending).toBeGreaterThan(0);
        await server.start();
        await sleep(150);
      }
    } finally {
      running = false;
    }
    const confirmed = await done;
    await writer.close();
    await expectExactly(confirmed);
  });

  it('a lost answer of a commit that happened: it is looked up, not repeated', async () => {
    const proxy = await CuttingProxy.listen(server.url);
    const through = createPool({ url: proxy.url });
    const writer = new EventWriter(through, { schema });
    for (const lease of await takeAll(pool, schema, 'a')) writer.open(lease);
    await writer.append(0, 'warm', 0, events(1));
    proxy.cutNextAnswer();
    const result = await writer.append(0, 'run', 0, events(3), { inputIds: ['in'] });
    expect(proxy.cuts).toBe(1);
    expect(result).toEqual({ version: 3, firstSequence: 2, lastSequence: 4 });
    expect(await log.readStream('run')).toHaveLength(3);
    expect(await codeOf(writer.append(0, 'run', 3, events(1)))).toBe('no error');
    await writer.close();
    await through.end();
    await proxy.close();
  });

  it('a statement that was lost on its way: it is sent again', async () => {
    const proxy = await CuttingProxy.listen(server.url);
    const through = createPool({ url: proxy.url });
    const writer = new EventWriter(through, { schema });
    for (const lease of await takeAll(pool, schema, 'a')) writer.open(lease);
    await writer.append(0, 'warm', 0, events(1));
    proxy.cutNextRequest();
    const result = await writer.append(0, 'run', 0, events(3));
    expect(proxy.cuts).toBe(1);
    expect(result).toEqual({ version: 3, firstSequence: 2, lastSequence: 4 });
    expect(await log.readStream('run')).toHaveLength(3);
    await writer.close();
    await through.end();
    await proxy.close();
  });

  it('a statement that arrives late, after its repetition: one of the two writes', async () => {
    const proxy = await CuttingProxy.listen(server.url);
    const through = createPool({ url: proxy.url });
    const writer = new EventWriter(through, { schema });
    for (const lease of await takeAll(pool, schema, 'a')) writer.open(lease);
    await writer.append(0, 'warm', 0, events(1));
    proxy.delayNextRequest(300);
    expect(await codeOf(writer.append(0, 'run', 0, events(3)))).toBe('no error');
    await sleep(500);
    expect(proxy.cuts).toBe(1);
    expect((await log.readPartition(0, 0, 100)).map((e) => e.sequence)).toEqual([1, 2, 3, 4]);
    proxy.delayNextRequest(300);
    const fact = { kind: 'public', id: 'm-1', subject: 's', message: {} } as const;
    expect(await codeOf(writer.append(0, 'run', 3, [], { attachments: [fact] }))).toBe('no error');
    await sleep(500);
    expect(proxy.cuts).toBe(2);
    expect((await log.readPublic(0, 0, 10)).map((message) => message.id)).toEqual(['m-1']);
    expect(await codeOf(writer.append(0, 'run', 3, events(1)))).toBe('no error');
    await writer.close();
    await through.end();
    await proxy.close();
  });

  it('being overtaken: a zombie writes no row and its other partitions go on', async () => {
    const leases = await takeAll(pool, schema, 'zombie');
    const fencedPartitions: number[] = [];
    const zombie = new EventWriter(pool, {
      schema,
      onFenced: (partition) => fencedPartitions.push(partition),
    });
    for (const lease of leases) zombie.open(lease);
    await zombie.append(0, 'run-0', 0, events(1));
    await pool.query(`UPDATE ${schema}.leases SET lease_until = now() - interval '1 s' WHERE partition < 2`);
    const heir = new EventWriter(pool, { schema });
    for (const lease of await takeAll(pool, schema, 'heir')) heir.open(lease);
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map((p) =>
        codeOf(
          zombie.append(p, `late-${p}`, 0, events(2), {
            inputIds: [`in-${p}`],
            attachments: [
              { kind: 'run.upsert', run: `${p}`, stream: 's', status: 'X', terminal: false, version: 1 },
            ],
          }),
        ),
      ),
    );
    expect(outcomes).toEqual(['partition.fenced', 'partition.fenced', 'no error', 'no error']);
    expect(fencedPartitions.sort()).toEqual([0, 1]);
    expect(await codeOf(zombie.append(0, 'run-0', 1, events(1)))).toBe('partition.fenced');
    expect(await codeOf(heir.append(0, 'run-0', 1, events(1), { inputIds: ['in-0'] }))).toBe('no error');
    expect((await log.readPartition(0, 0, 10)).map((e) => e.stream)).toEqual(['run-0', 'run-0']);
    expect((await Promise.all([0, 1, 2, 3].map((p) => log.openRuns(p)))).map((r) => r.length)).toEqual([
      0, 0, 1, 1,
    ]);
    await zombie.close();
    await heir.close();
  });

  it('being closed while Postgres is away: what is pending is told so', async () => {
    const writer = await writerOfAll(pool, schema);
    await server.stop('fast');
    const outcome = codeOf(writer.append(0, 'run', 0, events(1)));
    await writer.close(200);
    expect(await outcome).toBe('writer.closed');
    expect(await codeOf(writer.append(0, 'run', 0, events(1)))).toBe('writer.closed');
    await server.start();
  });
});

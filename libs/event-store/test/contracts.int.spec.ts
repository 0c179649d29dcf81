import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { EventWriter, Transactions } from '../src/index.js';
import {
  createPool,
  GroupedClaims,
  GroupedCompletions,
  migrate,
  openArtifacts,
  PostgresArtifacts,
  PostgresDeadLetterRows,
  PostgresInbox,
  PostgresOutbox,
  PostgresTransactions,
  project,
  workerMigrations,
} from '../src/index.js';
import { artifactsContract } from './contracts/artifacts.contract.js';
import { eventStoreContract } from './contracts/event-store.contract.js';
import { workerContract } from './contracts/worker.contract.js';
import { codeOf, event, events, freshLog, takeAll, writerOfAll } from './fixtures.js';
import type { TestPostgres } from './postgres.js';
import { startPostgres } from './postgres.js';

let server: TestPostgres;
let pool: pg.Pool;
const pools: pg.Pool[] = [];
const writers: EventWriter[] = [];

beforeAll(async () => {
  server = await startPostgres();
  pool = createPool({ url: server.url, connectMs: 60_000 });
});
afterEach(async () => {
  await Promise.all(writers.splice(0).map((writer) => writer.close()));
  await Promise.all(pools.splice(0).map((one) => one.end()));
});
afterAll(async () => {
  await pool.end();
  await server.destroy();
});

async function storeOnPostgres() {
  const { pool: own, schema, log } = await freshLog(server.url);
  pools.push(own);
  const writer = await writerOfAll(own, schema);
  writers.push(writer);
  const fence = async (partition: number): Promise<void> => {
    await own.query(`UPDATE ${schema}.leases SET lease_until = now() - interval '1 s' WHERE partition = $1`, [
      partition,
    ]);
    await takeAll(own, schema, 'another');
  };
  return { log, writer, fence, own, schema };
}

eventStoreContract('on Postgres', storeOnPostgres);

async function workerOnPostgres(transactions: Transactions) {
  const schema = `worker_${randomUUID().slice(0, 8)}`;
  await migrate(pool, { schema, migrations: workerMigrations });
  return {
    schema,
    inbox: new PostgresInbox(pool, schema),
    outbox: new PostgresOutbox(pool, schema),
    letters: new PostgresDeadLetterRows(pool, schema),
    transactions,
  };
}

workerContract('on Postgres', () => workerOnPostgres(new PostgresTransactions(pool)));

artifactsContract('on Postgres', () => openArtifacts(pool, { maxBytes: 8 * 1024 * 1024 }));

describe('artifacts on Postgres', () => {
  it('are found corrupt when a chunk was changed, cut or lost, and healed by storing the same bytes again', async () => {
    const artifacts = new PostgresArtifacts(pool);
    for (const damage of [
      `UPDATE artifacts.chunks SET data = set_byte(data, 100000, get_byte(data, 100000) # 255) WHERE n = 0`,
      `UPDATE artifacts.chunks SET data = substring(data for 1000) WHERE n = 1`,
      `DELETE FROM artifacts.chunks WHERE n = 1`,
    ]) {
      const bytes = randomBytes(1_500_000);
      const ref = await artifacts.put(bytes);
      await pool.query(`${damage} AND upload = (SELECT upload FROM artifacts.artifacts WHERE digest = $1)`, [
        ref.digest,
      ]);
      expect(await codeOf(artifacts.bytes(ref))).toBe('artifact.corrupt');
      expect(await artifacts.put(bytes)).toEqual(ref);
      expect(Buffer.compare(await artifacts.bytes(ref), bytes)).toBe(0);
    }
    await sleep(20);
    await artifacts.prune(10);
    const { rows } = await pool.query(
      'SELECT count(*)::int AS n FROM artifacts.chunks WHERE upload NOT IN (SELECT upload FROM artifacts.artifacts)',
    );
    expect(rows[0].n).toBe(0);
  });

  it('are stored once when many writers bring the same bytes at the same time', async () => {
    const artifacts = new PostgresArtifacts(pool);
    const bytes = randomBytes(1_200_000);
    const refs = await Promise.all(Array.from({ length: 8 }, () => artifacts.put(bytes)));
    expect(new Set(refs.map((ref) => ref.ref)).size).toBe(1);
    const { rows } = await pool.query(
      `SELECT count(*)::int AS n FROM artifacts.chunks WHERE upload NOT IN (SELECT upload FROM artifacts.artifacts)`,
    );
    expect(rows[0].n).toBe(0);
  });
});

describe('grouped claims and completions', () => {
  it('share commits; a stale claim and refused content take nobody along', async () => {
    const { inbox } = await workerOnPostgres(new PostgresTransactions(pool));
    const [claims, completions] = [new GroupedClaims(inbox), new GroupedCompletions(inbox)];
    const before = await writes();
    const ids = Array.from({ length: 100 }, (_, i) => `c-${i}`);
    const given = await Promise.all([...ids, 'c-7'].map((id) => claims.claim(id)));
    expect(given[100]?.claim).toBe((given[7]?.claim ?? 0) + 1);
    const refused = claims.claim('nul \0');
    const fine = claims.claim('fine');
    expect(await codeOf(refused)).toBe('22021');
    expect(await fine).toMatchObject({ completed: false });
    const results = ids.map((commandId, i) => ({ commandId, claim: given[i]?.claim ?? 0, result: { i } }));
    const done = await Promise.all(results.map((result) => codeOf(completions.complete(result))));
    expect(done).toEqual(ids.map((id) => (id === 'c-7' ? 'task.superseded' : 'no error')));
    expect(await codeOf(completions.complete(results[1]!))).toBe('task.superseded');
    expect(await claims.claim('c-1')).toMatchObject({ completed: true, result: { i: 1 } });
    expect((await writes()) - before).toBeLessThan(60);
  });

  /** Transactions that have written so far: counted as they begin to, unlike statistics, which come late. */
  const writes = async (): Promise<number> => {
    const { rows } = await pool.query('SELECT pg_current_xact_id()::text::int AS n');
    return rows[0].n;
  };
});

describe('migrations', () => {
  it('are applied once by many processes that start at the same time', async () => {
    const schema = `m_${randomUUID().slice(0, 8)}`;
    const migrations = [
      { name: '1', sql: 'CREATE TABLE a (x int); INSERT INTO a VALUES (1)' },
      { name: '2', sql: 'UPDATE a SET x = x + 1' },
    ];
    const applied = await Promise.all(Array.from({ length: 8 }, () => migrate(pool, { schema, migrations })));
    expect(applied.flat().sort()).toEqual(['1', '2']);
    const { rows } = await pool.query(`SELECT x FROM ${schema}.a`);
    expect(rows).toEqual([{ x: 2 }]);
    const changed = [{ name: '1', sql: 'CREATE TABLE b (x int)' }];
    expect(await codeOf(migrate(pool, { schema, migrations: changed }))).toBe('migration.changed');
    expect(await codeOf(migrate(pool, { schema, migrations: [{ name: '3', sql: 'nonsense' }] }))).toBe(
      'migration.failed',
    );
    expect(await migrate(pool, { schema, migrations: migrations.slice(0, 1) })).toEqual([]);
  });
});

describe('a projection', () => {
  it('applies each event once with two instances at work, and equals its rebuild', async () => {
    const { log, writer, own, schema } = await storeOnPostgres();
    await own.query(`CREATE TABLE ${schema}.counts (type text PRIMARY KEY, n int)`);
    const make = () =>
      project({
        name: 'counts',
        feed: log,
        pool: own,
        schema,
        batch: 7,
        clear: async (tx) => void (await tx.query(`DELETE FROM ${schema}.counts`)),
        apply: async (tx, { type }) =>
          void (await tx.query(
            `INSERT INTO ${schema}.counts AS c VALUES ($1, 1) ON CONFLICT (type) DO UPDATE SET n = c.n + 1`,
            [type],
          )),
      });
    const [one, two] = [make(), make()];
    const append = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, i) =>
          writer.append(i % 4, `run-${from + i}`, 0, [...events(3), event('X')]),
        ),
      );
    await append(0, 40);
    await Promise.all([one, two, one, two].map((instance) => instance.catchUp()));
    one.start(5);
    two.start(5);
    await append(40, 60);
    await Promise.all([one.stop(), two.stop()]);
    await one.catchUp();
    const rows = async () => (await own.query(`SELECT * FROM ${schema}.counts ORDER BY type`)).rows;
    const live = await rows();
    expect(live).toEqual(['Happened0', 'Happened1', 'Happened2', 'X'].map((type) => ({ type, n: 60 })));
    expect(await two.rebuild()).toBe(240);
    expect(await rows()).toEqual(live);
  });
});

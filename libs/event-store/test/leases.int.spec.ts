import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Lease, LeaseOptions, LostReason } from '../src/index.js';
import { EventWriter, openEventLog, PartitionLeases } from '../src/index.js';
import { events, freshLog } from './fixtures.js';
import type { TestPostgres } from './postgres.js';
import { startPostgres } from './postgres.js';

let server: TestPostgres;
let pool: pg.Pool;
let schema: string;

beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.destroy());
beforeEach(async () => void ({ pool, schema } = await freshLog(server.url, 16)));
afterEach(async () => {
  for (const owner of owners.splice(0)) owner.kill('SIGKILL');
  await pool.end();
});

const owners: ChildProcess[] = [];

/** Longer than any test here: what is taken within is not taken because a lease ran out. */
const LONG_MS = 120_000;

interface Instance {
  readonly leases: PartitionLeases;
  readonly lost: [number, LostReason][];
  readonly partitions: () => number[];
}

function instance(
  instanceId: string,
  hear: Partial<{ onLost(lease: Lease): Promise<void> }> = {},
  options: Partial<LeaseOptions> = {},
): Instance {
  const lost: [number, LostReason][] = [];
  const leases = new PartitionLeases(
    pool,
    { schema, instanceId, leaseMs: LONG_MS, renewMs: LONG_MS, ...options },
    {
      onAcquired: () => undefined,
      onLost: async (lease, reason) => {
        lost.push([lease.partition, reason]);
        await hear.onLost?.(lease);
      },
    },
  );
  return { leases, lost, partitions: () => leases.leases.map((lease) => lease.partition) };
}

/** When what everybody holds ends, seen from now; nobody has said meanwhile that it lives. */
async function endsIn(interval: string): Promise<void> {
  await pool.query(`UPDATE ${schema}.leases SET lease_until = now() + $1::interval`, [interval]);
  await pool.query(`UPDATE ${schema}.instances SET alive_until = now() + $1::interval`, [interval]);
}
const runOut = (): Promise<void> => endsIn('-1 s');
const setClockBack = (): Promise<void> => endsIn('1 day');

/** Looks again and again, for a minute and a half at most. */
async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 90_000; ;) {
    const isLast = performance.now() >= end;
    if (await look()) return;
    if (isLast) throw new Error('it did not come to be');
    await sleep(50);
  }
}

const sizes = (...all: Instance[]): number[] => all.map((one) => one.partitions().length);
const rounds = async (...all: Instance[]): Promise<void> => {
  for (let i = 0; i < 2; i += 1) for (const one of all) await one.leases.balance();
};

/** A process that holds all partitions, and an instance here that would take them; their leases are long. */
async function ownerAndHeir(): Promise<{ owner: ChildProcess; heir: Instance }> {
  const options = { url: server.url, schema, instanceId: 'owner', leaseMs: LONG_MS, lookMs: LONG_MS };
  const script = fileURLToPath(new URL('owner.mjs', import.meta.url));
  const owner = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  owners.push(owner);
  const [held] = (await once(owner.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
  expect(String(held)).toBe('16\n');
  return { owner, heir: instance('heir', {}, { lookMs: 100 }) };
}

const end = async (owner: ChildProcess): Promise<void> => {
  const ended = once(owner, 'exit');
  owner.kill('SIGKILL');
  await ended;
};

/** The session that holds the lock of an instance. */
async function lockHolder(id: string): Promise<number | undefined> {
  const { rows } = await pool.query(
    `SELECT l.pid FROM pg_locks l JOIN ${schema}.instances i
       ON i.lock_key = (l.classid::bigint << 32) | l.objid::bigint
     WHERE l.locktype = 'advisory' AND l.granted AND i.id = $1`,
    [id],
  );
  return rows[0]?.pid;
}

describe('partition leases of an instance', () => {
  it('whose process was killed are taken over at once, long before they run out', async () => {
    const { owner, heir } = await ownerAndHeir();
    await heir.leases.start();
    expect(sizes(heir)).toEqual([0]);
    await end(owner);
    await until(() => sizes(heir)[0] === 16);
    expect(heir.leases.leases.every(({ epoch }) => epoch === 2)).toBe(true);
    await heir.leases.stop();
  });

  it.each([
    ['until they run out', async () => undefined],
    ['for no longer when the clock is set back a day', setClockBack],
  ])('whose process stands still are left to it %s', async (_, meanwhile) => {
    const { owner, heir } = await ownerAndHeir();
    owner.kill('SIGSTOP');
    await meanwhile();
    for (let i = 0; i < 5; i += 1) await heir.leases.look();
    expect(sizes(heir)).toEqual([0]);
    const { rows } = await pool.query(
      `SELECT greatest(max(lease_until), max(alive_until)) <= now() + $1 * interval '1 ms' AS "inTime"
       FROM ${schema}.leases, ${schema}.instances`,
      [LONG_MS],
    );
    expect(rows).toEqual([{ inTime: true }]);
    await runOut();
    await heir.leases.look();
    expect(sizes(heir)).toEqual([16]);
    await end(owner);
    await heir.leases.stop();
  });

  it('that goes on are left to it after the clock was set back a day', async () => {
    const [one, other] = [instance('one'), instance('other')];
    await rounds(one);
    await setClockBack();
    await other.leases.look();
    await one.leases.balance();
    await other.leases.look();
    expect(sizes(one, other)).toEqual([8, 8]);
    for (const { leases } of [one, other]) await leases.stop();
  });

  it('whose connection was cut are left to it: it takes its lock again at once', async () => {
    const [one, other] = [instance('one'), instance('other')];
    await rounds(one);
    const before = await lockHolder('one');
    await pool.query('SELECT pg_terminate_backend($1)', [before]);
    await other.leases.look();
    await until(async () => ![before, undefined].includes(await lockHolder('one')));
    for (let i = 0; i < 3; i += 1) await other.leases.look();
    expect(sizes(one, other)).toEqual([16, 0]);
    await one.leases.balance();
    expect(one.lost.every(([, reason]) => reason === 'released')).toBe(true);
    await one.leases.stop();
    await other.leases.stop();
  });
});

describe('partition leases', () => {
  it('are balanced when an instance joins and when one leaves, each partition with one holder', async () => {
    const [a, b, c] = [instance('a'), instance('b'), instance('c')];
    await rounds(a);
    expect(sizes(a)).toEqual([16]);
    await rounds(a, b);
    expect(sizes(a, b)).toEqual([8, 8]);
    await rounds(a, b, c);
    expect(sizes(a, b, c)).toEqual([6, 5, 5]);
    expect(new Set([...a.partitions(), ...b.partitions(), ...c.partitions()]).size).toBe(16);
    expect(a.lost.every(([, reason]) => reason === 'released')).toBe(true);
    await c.leases.stop();
    expect(c.lost.filter(([, reason]) => reason === 'stopped')).toHaveLength(5);
    await rounds(a, b);
    expect(sizes(a, b)).toEqual([8, 8]);
    await Promise.all([a, b].map((one) => one.leases.stop()));
  });

  it('of a silent instance are taken under a higher epoch after they expire, not before', async () => {
    const [silent, heir] = [instance('silent'), instance('heir')];
    await rounds(silent);
    await heir.leases.balance();
    expect(sizes(heir)).toEqual([0]);
    await runOut();
    await heir.leases.balance();
    expect(sizes(heir)).toEqual([16]);
    expect(heir.leases.leases.every((lease) => lease.epoch === 2)).toBe(true);
    await silent.leases.balance();
    expect(silent.lost.map(([, reason]) => reason)).toEqual(Array(16).fill('taken'));
    await heir.leases.stop();
    await silent.leases.stop();
  });

  it.each([LONG_MS, 0])('of %i ms that ran out untaken are kept without a new epoch', async (leaseMs) => {
    const one = instance('one', {}, { leaseMs });
    await rounds(one);
    await runOut();
    await one.leases.balance();
    expect([sizes(one), one.lost]).toEqual([[16], []]);
    expect(one.leases.leases.every((lease) => lease.epoch === 1)).toBe(true);
    await one.leases.stop();
  });

  it('are never held by two, however many instances balance at once', async () => {
    const all = Array.from({ length: 5 }, (_, i) => instance(`i${i}`));
    for (let i = 0; i < 6; i += 1) await Promise.all(all.map((one) => one.leases.balance()));
    const held = all.flatMap((one) => one.partitions());
    expect(new Set(held).size).toBe(held.length);
    expect(held).toHaveLength(16);
    expect(sizes(...all)).toEqual([4, 3, 3, 3, 3]);
    await Promise.all(all.map((one) => one.leases.stop()));
  });

  it('are handed over after what is queued has been committed', async () => {
    const writer = new EventWriter(pool, { schema });
    const a = instance('a', { onLost: (lease) => writer.shut(lease.partition) });
    await rounds(a);
    for (const lease of a.leases.leases) writer.open(lease);
    const appended = Promise.all(a.partitions().map((p) => writer.append(p, `run-${p}`, 0, events(5))));
    await a.leases.stop();
    await appended;
    const b = instance('b');
    await rounds(b);
    expect(b.leases.leases.map((lease) => [lease.epoch, lease.lastSequence])).toEqual(Array(16).fill([2, 5]));
    await b.leases.stop();
    await writer.close();
  });

  it('keep the number of partitions of the first start', async () => {
    const again = await openEventLog(pool, { schema, partitions: 64 });
    expect(again.partitionCount).toBe(16);
    const { rows } = await pool.query(`SELECT count(*)::int AS n FROM ${schema}.partitions`);
    expect(rows[0].n).toBe(16);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Lease, LostReason } from '../src/index.js';
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
afterEach(() => pool.end());

interface Instance {
  readonly leases: PartitionLeases;
  readonly lost: [number, LostReason][];
  readonly partitions: () => number[];
}

function instance(instanceId: string, hear: Partial<{ onLost(lease: Lease): Promise<void> }> = {}): Instance {
  const lost: [number, LostReason][] = [];
  const leases = new PartitionLeases(
    pool,
    { schema, instanceId, leaseMs: 400, renewMs: 60_000 },
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

const sizes = (...all: Instance[]): number[] => all.map((one) => one.partitions().length);
const rounds = async (...all: Instance[]): Promise<void> => {
  for (let i = 0; i < 2; i += 1) for (const one of all) await one.leases.balance();
};

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
    await sleep(450);
    await heir.leases.balance();
    expect(sizes(heir)).toEqual([16]);
    expect(heir.leases.leases.every((lease) => lease.epoch === 2)).toBe(true);
    await silent.leases.balance();
    expect(silent.lost.map(([, reason]) => reason)).toEqual(Array(16).fill('taken'));
    await heir.leases.stop();
    await silent.leases.stop();
  });

  it('that ran out but were taken by nobody are kept without a new epoch', async () => {
    const one = instance('one');
    await rounds(one);
    await sleep(450);
    await one.leases.balance();
    expect(one.lost).toEqual([]);
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

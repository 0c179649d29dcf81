import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@trimtab/testing';
import { seededRandom } from '../src/random.js';
import { Engine } from '../src/chaos/stack/engine.js';
import { orders } from '../src/chaos/workflows.js';

describe('O25 a process that is told to end (SIGTERM)', () => {
  let engine: Engine;
  beforeAll(async () => {
    // Whoever waited for the lease of a process that is gone would wait for long.
    engine = await Engine.start({ orchestrators: 2, workers: 2, leaseMs: 60_000 });
  });
  afterAll(() => engine?.dispose());

  const ownedBy = async (pid: number | undefined): Promise<number> => {
    const { rows } = await engine.sql.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM orchestrator.leases WHERE owner LIKE $1',
      [`%-${pid}-%`],
    );
    return rows[0]?.n ?? 0;
  };

  it('finishes what it has in hand, gives its partitions back, and others go on at once', async () => {
    const random = seededRandom(1);
    const [orchestrator] = engine.orchestrators;
    const [worker] = engine.workers;
    const { pid } = orchestrator ?? {};
    // Whoever came second gets its share when the first one has given it away.
    await eventually(async () => (await ownedBy(pid)) > 0, { timeoutMs: 60_000 });
    await engine.beginAll(orders(random, 12, 500));
    const ends = await Promise.all([orchestrator?.stop(60_000), worker?.stop(60_000)]);
    expect(ends).toEqual(Array(2).fill({ code: 0, signal: null }));
    expect(await ownedBy(pid)).toBe(0);
    await engine.beginAll(orders(random, 6, 100));
    expect(await engine.wrongEnds()).toEqual([]);
    expect(engine.provider.repeated()).toEqual([]);
  });
});

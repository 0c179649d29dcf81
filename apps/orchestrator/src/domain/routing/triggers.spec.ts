import { describe, expect, it } from '@jest/globals';
import { AdaptiveTrigger, ScalingSettings } from '@trimtab/contracts';
import fc from 'fast-check';
import { desiredWorkers, scaleHints } from './scale-hints.js';
import { judge, RESTING } from './triggers.js';
import type { Directory, WorkerPool } from './worker-pools.js';

const trigger = AdaptiveTrigger.parse({
  ...{ name: 'slow', service: 'test', metric: 'latency', enter: 1_000, leave: 600 },
  ...{ forSeconds: 10, coolDownSeconds: 60, actions: [{ do: 'skip-optional' }] },
});

/** Phases after each look, one a second. */
function phases(values: readonly (number | undefined)[], one = trigger): boolean[] {
  let state = RESTING;
  return values.map((value, second) => {
    const measured = value === undefined ? undefined : { value, pool: 'default' };
    ({ state } = judge(one, state, measured, second * 1_000));
    return state.on;
  });
}
const changes = (values: readonly number[]): number =>
  phases(values).filter((on, i, all) => on !== (all[i - 1] ?? false)).length;
const constant = (value: number | undefined, seconds: number) =>
  Array<number | undefined>(seconds).fill(value);

describe('a trigger', () => {
  it('comes on when its level held long enough, and goes when it was below the other one as long', () => {
    const seen = phases([...constant(1_200, 30), ...constant(700, 100), ...constant(500, 30)]);
    expect(seen.indexOf(true)).toBe(10);
    expect(seen.lastIndexOf(true)).toBe(139);
  });

  it('does not come on by peaks', () => {
    expect(phases(Array.from({ length: 200 }, (_, i) => (i % 9 === 0 ? 100 : 5_000)))).not.toContain(true);
  });

  it('never flaps while the value stays within 1 % of either level', () => {
    const near = (level: number) => fc.double({ min: level * 0.99, max: level * 1.01, noNaN: true });
    for (const level of [trigger.enter, trigger.leave])
      fc.assert(
        fc.property(fc.array(near(level), { minLength: 300, maxLength: 300 }), (values) => {
          expect(changes(values)).toBeLessThanOrEqual(1);
          expect(changes([...constant(5_000, 20), ...values] as number[])).toBeLessThanOrEqual(2);
        }),
        { numRuns: 50 },
      );
  });

  it('changes at most once per cool-down, whatever is measured', () => {
    const any = fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { minLength: 300, maxLength: 300 });
    const nervous = { ...trigger, forSeconds: 0 };
    fc.assert(
      fc.property(any, (values) => {
        const seen = phases(values, nervous);
        const at = seen.flatMap((on, i) => (on === (seen[i - 1] ?? false) ? [] : [i]));
        at.slice(1).forEach((second, i) => expect(second - (at[i] ?? 0)).toBeGreaterThanOrEqual(60));
      }),
      { numRuns: 50 },
    );
  });

  it('ends when nothing is measured any more', () => {
    expect(phases([...constant(1_200, 11), ...constant(undefined, 100)]).at(-1)).toBe(false);
  });
});

describe('scale hints', () => {
  const scaling = ScalingSettings.parse({});
  const pool = (over: Partial<WorkerPool>): WorkerPool => ({
    ...{ service: 'test', pool: 'default', taskTypes: new Set<string>(), workers: 1, instances: 1 },
    ...{ capacity: 8, inFlight: 0, load: 0, lag: 0, latencyMs: 1_000, errorRate: 0 },
    ...over,
  });
  const directory = (over: Partial<WorkerPool>): Directory => {
    const one = pool(over);
    return { atMs: 0, pools: new Map([['test/default', one]]), offers: new Map() };
  };

  it('ask for the workers that finish the backlog in time, within bounds', () => {
    expect(desiredWorkers(pool({}), scaling)).toBe(1);
    expect(desiredWorkers(pool({ lag: 960 }), scaling)).toBe(4);
    expect(desiredWorkers(pool({ lag: 1e9 }), scaling)).toBe(20);
    expect(desiredWorkers(pool({ workers: 4, capacity: 32, inFlight: 17 }), scaling)).toBe(3);
  });

  it('are said when the number is another one, and not again within the cool-down', () => {
    expect(scaleHints(directory({}), scaling, new Map(), 0)).toEqual([]);
    const [hint] = scaleHints(directory({ lag: 960 }), scaling, new Map(), 0);
    expect(hint).toMatchObject({
      desiredWorkers: 4,
      lag: 960,
      reason: expect.stringContaining('960 commands'),
    });
    const hinted = new Map([['test/default', { desiredWorkers: 4, atMs: 0 }]]);
    expect(scaleHints(directory({ lag: 960 }), scaling, hinted, 29_000)).toEqual([]);
    expect(scaleHints(directory({ workers: 4, capacity: 32 }), scaling, hinted, 30_000)).toMatchObject([
      { desiredWorkers: 1 },
    ]);
  });

  it('leave a pool alone that nobody asked to grow', () => {
    expect(scaleHints(directory({ workers: 3, capacity: 24 }), scaling, new Map(), 0)).toEqual([]);
  });
});

import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Outcome } from '../src/chaos/outcome.js';
import { outcomeOf } from '../src/chaos/outcome.js';
import { scenarios } from '../src/chaos/scenarios/index.js';

jest.setTimeout(900_000);

/** Capabilities that a fault proves too. */
const proves: Readonly<Record<number, string>> = { 1: 'O18', 17: 'O18' };

/** Faults that mostly wait (for a lease, for an ack wait) are played side by side; the others one after the other. */
const lanes = [[2], [17], [1, 6]];
const SEED = 1;

describe('the engine keeps its promises (short form; `npm run chaos` is the long one)', () => {
  const outcomes = new Map<number, Outcome>();

  beforeAll(async () => {
    const play = async (lane: readonly number[]): Promise<void> => {
      for (const scenario of scenarios.filter(({ fault }) => lane.includes(fault)))
        outcomes.set(scenario.fault, await outcomeOf(scenario, SEED, 'short'));
    };
    await Promise.all(lanes.map(play));
  });

  const played = scenarios.filter(({ fault }) => lanes.flat().includes(fault));

  it.each(played.map(({ fault, title }) => ({ fault, title, proved: proves[fault] ?? '' })))(
    '$proved fault $fault: $title',
    ({ fault }) => {
      expect(outcomes.get(fault)?.broken).toEqual([]);
    },
  );
});

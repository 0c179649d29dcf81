import { describe, expect, it } from '@jest/globals';
import { campaign } from './simulation/campaign.js';
import { MEASURES, without } from './simulation/world/measures.js';

const MINUTES = 60_000;

describe('the auditor', () => {
  /** Seeds among which the loss of the measure must show. */
  const WITHIN = 800;
  const expected = {
    fencingToken: ['I2', 'I7'],
    inbox: ['I2', 'I7'],
    epochFence: ['I3', 'I7'],
    expectedVersion: ['I3'],
    ackAfterCommit: ['I10'],
    sweeper: ['I4'],
    inputDigest: ['I7'],
  } as const;

  it.each(MEASURES)(
    'notices that the measure %s is missing',
    async (measure) => {
      const { failures } = await campaign({
        firstSeed: 1,
        runs: WITHIN,
        failures: 2,
        measures: without(measure),
      });
      expect(failures.length).toBeGreaterThan(0);
      const broken = new Set(
        failures.flatMap(({ violations }) => violations.map(({ invariant }) => invariant)),
      );
      expect(expected[measure].some((invariant) => broken.has(invariant))).toBe(true);
    },
    5 * MINUTES,
  );
});

import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import { describe, expect, it } from '@jest/globals';
import { campaign } from './simulation/campaign.js';
import { FAULTS } from './simulation/engine/faults.js';
import { simulate } from './simulation/world/world.js';

const RUNS = 10_000;
const MINUTES = 60_000;

const digest = (history: unknown): string => createHash('sha256').update(serialize(history)).digest('hex');

describe('the simulated orchestrator', () => {
  it(
    'keeps every invariant in ten thousand runs, whatever goes wrong',
    async () => {
      const { runs, failures, faults } = await campaign({ firstSeed: 1, runs: RUNS, failures: 3 });
      expect(failures.map(({ seed, violations }) => [seed, violations[0]?.invariant])).toEqual([]);
      expect(runs).toBeGreaterThanOrEqual(RUNS);
      const kinds = ['bus store deleted', 'clock jumps ahead', 'clock jumps back', ...Object.keys(FAULTS)];
      const counted = kinds.filter((kind) => !kind.startsWith('crash'));
      expect(counted.filter((kind) => !faults.get(kind))).toEqual([]);
      const places = [...faults.keys()].filter((kind) => kind.startsWith('crash at'));
      expect(places).toEqual(
        expect.arrayContaining([
          'crash at append:before',
          'crash at append:after',
          'crash at publish.command:before',
          'crash at publish.command:after',
          'crash at ack:before',
          'crash at commit:before',
          'crash at commit:after',
          'crash at provider.apply:before',
          'crash at provider.apply:after',
        ]),
      );
    },
    10 * MINUTES,
  );

  it('plays a seed the same way each time', async () => {
    for (const seed of [2, 3, 5]) {
      const [first, second] = [
        await simulate({ seed, verbose: true }),
        await simulate({ seed, verbose: true }),
      ];
      // A digest: a difference of two whole histories would take minutes to show.
      expect({ seed, digest: digest(second) }).toEqual({ seed, digest: digest(first) });
    }
  });
});

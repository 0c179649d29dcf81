import Sequencer from '@jest/test-sequencer';

/** Files that take longest, and say so neither by their size nor, in a fresh clone, by an earlier run. */
const LONG = [
  'survives-kills.e2e.spec.ts',
  'chaos.e2e.spec.ts',
  'examples.e2e.spec.ts',
  'outlives-nats-loss.e2e.spec.ts',
  'finds-all-planted-waste.e2e.spec.ts',
  'live-run-and-rollback.e2e.spec.ts',
  'partial-coverage.e2e.spec.ts',
  'one-trace-per-run.e2e.spec.ts',
  'postgres.int.spec.ts',
  'recovery.int.spec.ts',
  'trouble.int.spec.ts',
  'watchdog.int.spec.ts',
  'waste.spec.ts',
  'properties.spec.ts',
  'detection.spec.ts',
];

/** Begins with them, so that no worker has a long one left when the others are done. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const rank = ({ path }) => LONG.findIndex((name) => path.endsWith(`/${name}`)) + 1 || LONG.length + 1;
    return [...sorted].sort((a, b) => rank(a) - rank(b));
  }
}

import { audit } from '@trimtab/testing/audit';
import type { Violation } from '@trimtab/testing/audit';
import type { Measures } from './world/measures.js';
import { simulate } from './world/world.js';

export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

export interface Campaign {
  readonly seeds: number;
  /** Workflow runs that were started in all seeds together. */
  readonly runs: number;
  readonly steps: number;
  readonly milliseconds: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
}

export interface CampaignOptions {
  readonly firstSeed: number;
  /** Goes on until so many runs are simulated… */
  readonly runs: number;
  /** …or so many seeds failed. */
  readonly failures?: number;
  readonly measures?: Measures;
}

const BREATHE_EVERY = 20;

/** Plays seed after seed and audits each. */
export async function campaign(options: CampaignOptions): Promise<Campaign> {
  const { firstSeed, measures, failures: enough = Infinity } = options;
  const started = performance.now();
  const faults = new Map<string, number>();
  const failures: Failure[] = [];
  let [seed, runs, steps] = [firstSeed, 0, 0];
  for (; runs < options.runs && failures.length < enough; seed += 1) {
    const history = await simulate({ seed, measures });
    runs += history.listed.size;
    steps += history.steps;
    for (const [fault, count] of history.faults) faults.set(fault, (faults.get(fault) ?? 0) + count);
    const violations = audit(history);
    if (violations.length > 0) failures.push({ seed, violations });
    if (seed % BREATHE_EVERY === 0) await new Promise((done) => setImmediate(done));
  }
  const milliseconds = performance.now() - started;
  return { seeds: seed - firstSeed, runs, steps, milliseconds, faults, failures };
}

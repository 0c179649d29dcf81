/**
 * `npm run simulate -- [--runs 100000] [--seed 1] [--json] [--without <measure>]` plays seeds and lists those that broke
 * an invariant; `npm run simulate -- --replay <seed>` shows everything that happened in one.
 */
import { parseArgs } from 'node:util';
import { audit } from '@trimtab/testing/audit';
import { campaign } from './campaign.js';
import type { Campaign } from './campaign.js';
import { MEASURES, without } from './world/measures.js';
import type { Measure, Measures } from './world/measures.js';
import { simulate } from './world/world.js';

const SHOWN = 10;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    without: { type: 'string' },
    replay: { type: 'string' },
  },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const number = (name: 'runs' | 'seed' | 'replay'): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} wants a whole number, not "${values[name]}"`);
};

function measuresAsked(): Measures | undefined {
  if (values.without === undefined) return undefined;
  if ((MEASURES as readonly string[]).includes(values.without)) return without(values.without as Measure);
  throw new Error(`--without wants one of ${MEASURES.join(', ')}`);
}

async function replay(seed: number): Promise<boolean> {
  const history = await simulate({ seed, measures: measuresAsked(), verbose: true });
  for (const { at, ...fact } of history.facts) print(`${(at / 1_000).toFixed(3)} ${JSON.stringify(fact)}`);
  const violations = audit(history);
  for (const { invariant, at, text } of violations) print(`${invariant} broken at ${at / 1_000} s: ${text}`);
  if (violations.length === 0) print(`seed ${seed}: no invariant broken in ${history.listed.size} runs`);
  return violations.length === 0;
}

function report(result: Campaign): void {
  const { seeds, runs, milliseconds, failures, faults } = result;
  const perSecond = Math.round(runs / (milliseconds / 1_000));
  if (values.json) {
    const crashPoints = [...faults.keys()].filter((fault) => fault.startsWith('crash at')).length;
    return print(JSON.stringify({ ...result, faults: Object.fromEntries(faults), crashPoints, perSecond }));
  }
  for (const { seed, violations } of failures.slice(0, SHOWN)) {
    print(`seed ${seed} broke ${[...new Set(violations.map(({ invariant }) => invariant))].join(', ')}:`);
    for (const { at, text } of violations.slice(0, 3)) print(`  at ${at / 1_000} s: ${text}`);
    const option = values.without === undefined ? '' : ` --without ${values.without}`;
    print(`  show it: npm run simulate -- --replay ${seed}${option}`);
  }
  print(`${runs} runs in ${seeds} seeds, ${perSecond} runs/s, ${failures.length} seeds broke an invariant`);
}

if (values.replay !== undefined) process.exitCode = (await replay(number('replay'))) ? 0 : 1;
else {
  const result = await campaign({
    firstSeed: number('seed'),
    runs: number('runs'),
    measures: measuresAsked(),
  });
  report(result);
  process.exitCode = result.failures.length === 0 ? 0 : 1;
}

/**
 * `npm run chaos -- [--fault 5,6] [--seed 7] [--short] [--list] [--page] [--record]`: throws faults at real processes on real
 * servers, audits what is stored afterwards, and writes `.trimtab/chaos/<fault>.json`. Exit code 1: a promise was broken.
 */
import { parseArgs } from 'node:util';
import type { Outcome } from './outcome.js';
import { outcomeOf } from './outcome.js';
import { inWords, writePage, writeReport } from './report.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { recordVersion } from './scenarios/versions.js';

const { values } = parseArgs({
  options: {
    fault: { type: 'string' },
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function chosen(): readonly Scenario[] {
  if (values.fault === undefined) return scenarios;
  return values.fault.split(',').map((wanted) => {
    const found = scenarios.find(({ fault }) => fault === Number(wanted));
    if (found) return found;
    throw new Error(
      `--fault wants some of ${scenarios.map(({ fault }) => fault).join(',')}, not "${wanted}"`,
    );
  });
}

function tell({ fault, title, kept, broken, figures, seconds }: Outcome): void {
  print(`${kept ? 'kept  ' : 'BROKEN'} ${fault} ${title} (${seconds} s)\n         ${inWords(figures)}`);
  for (const text of broken) print(`         ${text}`);
}

async function play(): Promise<boolean> {
  let kept = true;
  for (const scenario of chosen()) {
    const outcome = await outcomeOf(scenario, Number(values.seed), values.short ? 'short' : 'long');
    writeReport(outcome, scenarios);
    tell(outcome);
    kept &&= outcome.kept;
  }
  return kept;
}

if (values.list) for (const { fault, title, promise } of scenarios) print(`${fault}\t${title}\t${promise}`);
else if (values.page) writePage(scenarios);
else if (values.record) await recordVersion();
else process.exitCode = (await play()) ? 0 : 1;

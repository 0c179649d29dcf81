import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { inRepository } from '../root.js';
import type { Outcome } from './outcome.js';
import type { Figures, Scenario } from './scenario.js';

const reports = inRepository('.trimtab/chaos');
const page = inRepository('docs/chaos.md');
const TABLE = /<!-- faults:start[^]*<!-- faults:end -->/;

/** `.trimtab/chaos/<fault>.json`, and all that is known in `summary.json`. */
export function writeReport(outcome: Outcome, scenarios: readonly Scenario[]): void {
  mkdirSync(reports, { recursive: true });
  write(join(reports, `${outcome.fault}.json`), outcome);
  const all = scenarios.flatMap(({ fault }) => reportOf(fault) ?? []);
  const broken = all.filter(({ kept }) => !kept).map(({ fault }) => fault);
  write(join(reports, 'summary.json'), { measured: all.length, broken, cores: cpus().length, faults: all });
}

/** Renews the table of docs/chaos.md from the reports; a fault without one keeps the row that it has. */
export function writePage(scenarios: readonly Scenario[]): void {
  const text = readFileSync(page, 'utf8');
  const old = new Map(
    text
      .split('\n')
      .filter((line) => /^\| \d+ +\|/.test(line))
      .map((line) => [Number(/\d+/.exec(line)?.[0]), line]),
  );
  const rows = scenarios.map((scenario) => {
    const outcome = reportOf(scenario.fault);
    return outcome ? rowOf(outcome) : (old.get(scenario.fault) ?? unmeasured(scenario));
  });
  const head = [
    '| fault | what is done | what must come of it | last measured |',
    '| --- | --- | --- | --- |',
  ];
  const table = ['<!-- faults:start: by `npm run chaos -- --page` -->', '', ...head, ...rows, ''];
  writeFileSync(page, text.replace(TABLE, [...table, '<!-- faults:end -->'].join('\n')));
}

function reportOf(fault: number): Outcome | undefined {
  const file = join(reports, `${fault}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Outcome) : undefined;
}

const rowOf = ({ fault, title, promise, kept, figures, form, seconds, at }: Outcome): string =>
  `| ${fault} | ${title} | ${promise} | ${kept ? 'kept' : '**broken**'}: ${inWords(figures)} (${form} form, ${seconds} s, ${at.slice(0, 10)}) |`;

const unmeasured = ({ fault, title, promise }: Scenario): string =>
  `| ${fault} | ${title} | ${promise} | not measured |`;

export const inWords = (figures: Figures): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)} ${value}`)
    .join(', ');

const write = (file: string, value: unknown): void =>
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

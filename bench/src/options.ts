import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const SECTIONS = ['speed', 'append', 'fan-out', 'growth', 'cold-start'] as const;
export type Section = (typeof SECTIONS)[number];

export interface Options {
  readonly sections: readonly Section[];
  readonly json: boolean;
  readonly peers: boolean;
  readonly bare: boolean;
  readonly rounds: number;
  readonly quick: boolean;
  readonly telemetry: boolean;
  readonly stored: boolean;
  readonly profile: boolean;
}

export const USAGE = `npm run bench -- orchestrator [options]

  --json             one JSON document on standard output (npm run -s keeps npm's own lines away)
  --peers            measure DBOS and Restate beside; installs them first into bench/peers
  --bare             measure beside what the same messages, rows and events cost without an engine
  --rounds N         rounds of the speed section, interleaved (5)
  --quick            shorter windows and smaller numbers
  --only A,B         only these sections: ${SECTIONS.join(', ')}
  --no-telemetry     no spans, metrics and logs to a collector
  --stored           the worker stores each result before it sends it, as for handlers with effects
  --profile          where the processor time of orchestrator and worker goes at 128 concurrent; no other section
`;

/** Throws an error that says what to write instead. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    allowNegative: true,
    options: {
      json: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      bare: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: SECTIONS.join(',') },
      telemetry: { type: 'boolean', default: true },
      stored: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  if (positionals.join() !== 'orchestrator')
    throw new Error(`name what to measure: orchestrator\n\n${USAGE}`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds needs a whole number from 1');
  return { ...values, rounds, sections: sectionsOf(values.only) };
}

function sectionsOf(only: string): Section[] {
  const names = only.split(',');
  const unknown = names.find((name) => !SECTIONS.includes(name as Section));
  if (unknown !== undefined) throw new Error(`there is no section "${unknown}": ${SECTIONS.join(', ')}`);
  return SECTIONS.filter((section) => names.includes(section));
}

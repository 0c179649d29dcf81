import type { Append } from './sections/append.js';
import type { ColdStart } from './sections/cold-start.js';
import type { FanOut } from './sections/fan-out.js';
import type { Growth } from './sections/growth.js';
import { figuresOf, reached } from './figures.js';
import type { Speed, SpeedResult } from './sections/speed.js';
import { LEVELS } from './sections/speed.js';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
}

/** The document of `--json`; a section that was not asked for is not there. */
export interface Report extends Partial<SpeedResult> {
  readonly benchmark: 'orchestrator';
  readonly at: string;
  readonly machine: Machine;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly append?: Append;
  readonly fanOut?: FanOut;
  readonly growth?: Growth;
  readonly coldStart?: ColdStart;
  readonly differences: readonly string[];
}

/** What people read: systems side by side, then each figure with what it has to reach. */
export function tableOf(report: Report): string {
  return [systemsTable(report), sectionLines(report), figuresTable(report), notes(report)]
    .filter(Boolean)
    .join('\n\n');
}

function systemsTable({ systems, floor, rounds }: Report): string {
  if (!systems || !floor) return '';
  const all = Object.entries(systems);
  const line = (what: string, read: (speed: Speed) => number): string[] => [
    what,
    ...all.map(([, speed]) => String(read(speed))),
  ];
  const byProcess = (what: string, read: (speed: Speed) => Parts): string =>
    `${what}: ${all.map(([name, speed]) => `${name} (${parts(read(speed))})`).join(', ')}`;
  const { sequenceMs, commitMs, roundTripMs } = floor;
  return [
    aligned([
      [`median of ${rounds} rounds`, ...all.map(([name]) => name)],
      ...LEVELS.map((level) => line(`workflows/s at ${level}`, ({ wfPerSecond }) => wfPerSecond[level])),
      line('idle p50, ms', ({ idleMs }) => idleMs.p50),
      line('idle p99, ms', ({ idleMs }) => idleMs.p99),
      line('CPU-s per 1,000 at 128', ({ cpuSecondsPer1000 }) => cpuSecondsPer1000[128]),
      line('memory at 128, MB', ({ memoryMb }) => memoryMb),
    ]),
    byProcess('CPU-s per 1,000 by process', ({ detail }) => detail.cpuSecondsPer1000),
    byProcess('MB by process', ({ detail }) => detail.memoryMb),
    `floor, 6 commits + 5 round trips: ${sequenceMs.p50} ms (a commit ${commitMs} ms, a round trip ${roundTripMs} ms)`,
  ].join('\n');
}

function sectionLines({ append, fanOut, growth, coldStart }: Report): string {
  const lines = [
    append && `append: ${append.rowsPerSecond} rows/s, raw insert ${append.rawRowsPerSecond} rows/s`,
    fanOut &&
      `fan-out: ${fanOut.tasks} tasks in ${fanOut.seconds.join(', ')} s; ${fanOut.memoryMb.before} MB before, at most ${fanOut.memoryMb.peaks.join(', ')} MB`,
    growth &&
      `growth: with ${growth.finishedRuns} finished runs a workflow costs ${growth.cpuRatio} × the processor time and ${growth.timeRatio} × the time`,
    coldStart &&
      `cold start: ${coldStart.openRuns} runs, the first moved after ${coldStart.firstSeconds} s, the last after ${coldStart.seconds} s`,
  ];
  return lines.filter(Boolean).join('\n');
}

type Parts = Readonly<Record<string, number>>;
const parts = (of: Parts): string =>
  Object.entries(of)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

function figuresTable(report: Report): string {
  const rows = figuresOf(report).map((one) => [
    one.figure,
    String(one.measured),
    `${one.sign} ${one.must}`,
    `${one.sign} ${one.aim}`,
    reached(one),
  ]);
  return rows.length === 0 ? '' : aligned([['figure', 'measured', 'must', 'aim', ''], ...rows]);
}

const notes = ({ differences }: Report): string =>
  differences.length === 0 ? '' : ['What differs:', ...differences.map((line) => `- ${line}`)].join('\n');

function aligned(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(width(0)) : text.padStart(width(column));
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

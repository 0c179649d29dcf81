import type { Report } from './report.js';
import type { FanOut } from './sections/fan-out.js';
import { rounded } from './statistics.js';

/** A figure with what it has to reach and what it should. */
export interface Figure {
  readonly figure: string;
  readonly measured: number;
  /** `≥`: more is better. */
  readonly sign: '≥' | '≤';
  readonly must: number;
  readonly aim: number;
}

interface Goal extends Omit<Figure, 'measured'> {
  readonly read: (report: Report) => number | undefined;
}

const more = (figure: string, must: number, aim: number, read: Goal['read']): Goal => ({
  ...{ figure, sign: '≥', must, aim, read },
});
const less = (figure: string, must: number, aim: number, read: Goal['read']): Goal => ({
  ...{ figure, sign: '≤', must, aim, read },
});

const goals: readonly Goal[] = [
  more('workflows/s at 128 ÷ DBOS', 18, 35, ({ ratios }) => ratios?.dbos?.wfPerSecond[128]),
  more('workflows/s at 128 ÷ Restate', 9, 18, ({ ratios }) => ratios?.restate?.wfPerSecond[128]),
  more('workflows/s at 16 ÷ DBOS', 5, 10, ({ ratios }) => ratios?.dbos?.wfPerSecond[16]),
  more('workflows/s at 16 ÷ Restate', 3, 6, ({ ratios }) => ratios?.restate?.wfPerSecond[16]),
  more('idle p50: DBOS ÷ ours', 1.5, 3, ({ ratios }) => ratios?.dbos?.idleP50),
  more('idle p50: Restate ÷ ours', 1, 2, ({ ratios }) => ratios?.restate?.idleP50),
  less('idle p50 ÷ floor', 2, 1.2, ({ ratios }) => ratios?.idleP50ToFloor),
  less(
    'CPU-seconds per 1,000 workflows at 128',
    0.34,
    0.16,
    ({ systems }) => systems?.trimtab.cpuSecondsPer1000[128],
  ),
  more('rows/s appended ÷ raw insert', 0.5, 0.8, ({ append }) => append?.ratio),
  less('fan-out in one run, s', 10, 4, ({ fanOut }) => fanOut?.seconds.at(-1)),
  less('fan-out, memory: last run ÷ first', 1.2, 1.05, ({ fanOut }) => fanOut && flatness(fanOut)),
  less('cost with finished runs ÷ empty store', 1.2, 1.05, ({ growth }) => growth?.cpuRatio),
  less('cold start with open runs, s', 60, 10, ({ coldStart }) => coldStart?.seconds),
  less('memory at 128, MB', 300, 180, ({ systems }) => systems?.trimtab.memoryMb),
];

const flatness = ({ memoryMb: { peaks } }: FanOut): number =>
  rounded((peaks.at(-1) ?? Number.NaN) / (peaks[0] ?? Number.NaN));

/** What was measured, in the order in which it is asked for. */
export const figuresOf = (report: Report): Figure[] =>
  goals.flatMap(({ read, ...goal }) => {
    const measured = read(report);
    return measured === undefined ? [] : [{ ...goal, measured }];
  });

/** How far a figure comes. */
export function reached({ measured, sign, must, aim }: Figure): 'aim' | 'must' | 'missed' {
  const reaches = (goal: number): boolean => (sign === '≥' ? measured >= goal : measured <= goal);
  if (reaches(aim)) return 'aim';
  return reaches(must) ? 'must' : 'missed';
}

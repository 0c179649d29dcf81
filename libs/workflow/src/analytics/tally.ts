import { addMoney } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import { emptySketch, mergeSketch, quantile, recordDuration } from './duration-sketch.js';
import type { DurationSketch } from './duration-sketch.js';
import type { AttemptEnded, Dimension, Observation, RunEnded } from './observation.js';

/** Exact amounts by currency. */
type Amounts = Record<string, string>;

/** Counts of one row over some time; tallies add up, whatever the order. Plain JSON. */
export interface Tally {
  ended: number;
  succeeded: number;
  failed: number;
  retried: number;
  /** Failures by code; a failure that was tried again counts here too. */
  readonly codes: Record<string, number>;
  readonly queue: DurationSketch;
  readonly run: DurationSketch;
  readonly total: DurationSketch;
  findings: number;
  readonly savings: Amounts;
  readonly executed: Amounts;
}

export const emptyTally = (): Tally => ({
  ended: 0,
  succeeded: 0,
  failed: 0,
  retried: 0,
  codes: {},
  queue: emptySketch(),
  run: emptySketch(),
  total: emptySketch(),
  findings: 0,
  savings: {},
  executed: {},
});

/** Counts an observation in a row of this dimension. A workflow's row counts runs, and times and retries of their attempts. */
export function observe(tally: Tally, by: Dimension, observation: Observation): void {
  if (observation.kind === 'run') return observeRun(tally, observation);
  const { queueMs, runMs, outcome } = observation;
  if (queueMs !== undefined) recordDuration(tally.queue, queueMs);
  if (runMs !== undefined) recordDuration(tally.run, runMs);
  if (outcome === 'retrying') tally.retried += 1;
  if (by !== 'workflow') observeAttempt(tally, observation);
}

function observeAttempt(tally: Tally, { outcome, code, totalMs }: AttemptEnded): void {
  tally.ended += 1;
  if (outcome === 'completed') tally.succeeded += 1;
  if (outcome === 'failed') tally.failed += 1;
  if (totalMs !== undefined) recordDuration(tally.total, totalMs);
  countCode(tally, code);
}

const SUCCEEDED = new Set(['COMPLETED']);
const FAILED = new Set(['FAILED', 'COMPENSATED']);

function observeRun(tally: Tally, run: RunEnded): void {
  tally.ended += 1;
  if (SUCCEEDED.has(run.status)) tally.succeeded += 1;
  if (FAILED.has(run.status)) tally.failed += 1;
  recordDuration(tally.total, run.totalMs);
  countCode(tally, run.code);
  tally.findings += run.findings;
  for (const amount of run.savings) add(tally.savings, amount);
  for (const amount of run.executed) add(tally.executed, amount);
}

function countCode({ codes }: Tally, code: string | undefined): void {
  if (code !== undefined) codes[code] = (codes[code] ?? 0) + 1;
}

/** Adds what another tally counted. */
export function mergeTally(into: Tally, other: Tally): void {
  for (const name of ['ended', 'succeeded', 'failed', 'retried', 'findings'] as const)
    into[name] += other[name];
  for (const [code, count] of Object.entries(other.codes)) into.codes[code] = (into.codes[code] ?? 0) + count;
  for (const name of ['queue', 'run', 'total'] as const) mergeSketch(into[name], other[name]);
  for (const name of ['savings', 'executed'] as const)
    for (const amount of amountsOf(other[name])) add(into[name], amount);
}

function add(amounts: Amounts, { amount, currency }: Money): void {
  amounts[currency] = addMoney({ amount: amounts[currency] ?? '0', currency }, { amount, currency }).amount;
}

const amountsOf = (amounts: Amounts): Money[] =>
  Object.entries(amounts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, amount]) => ({ amount, currency }));

/** What people read of a tally. */
export const statisticsOf = (key: string, tally: Tally) => ({
  key,
  count: tally.ended,
  succeeded: tally.succeeded,
  failed: tally.failed,
  /** Of what succeeded or failed for good; null when nothing did. */
  successRate: rate(tally),
  retries: tally.retried,
  failures: tally.codes,
  queue: timesOf(tally.queue),
  run: timesOf(tally.run),
  total: timesOf(tally.total),
  findings: tally.findings,
  savings: amountsOf(tally.savings),
  executed: amountsOf(tally.executed),
});

function rate({ succeeded, failed }: Tally): number | null {
  return succeeded + failed === 0 ? null : succeeded / (succeeded + failed);
}

const timesOf = (sketch: DurationSketch) =>
  sketch.count === 0
    ? null
    : {
        count: sketch.count,
        mean: sketch.sum / sketch.count,
        p50: quantile(sketch, 0.5) ?? 0,
        p95: quantile(sketch, 0.95) ?? 0,
        p99: quantile(sketch, 0.99) ?? 0,
        max: sketch.max,
      };

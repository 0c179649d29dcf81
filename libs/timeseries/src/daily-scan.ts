import type { Baseline } from './baseline.js';
import { baselineAt, expectedLog, toLog } from './baseline.js';
import type { DetectionOptions } from './detection-options.js';
import { logOffset } from './detection-options.js';
import { isDrifting } from './drift.js';
import { residualScale } from './statistics.js';

/** What the causal walk over a series says of each day. */
export interface DailyScan {
  readonly logs: Float64Array;
  /** Logarithms with anomalous and unknown days replaced by what was expected. */
  readonly clean: Float64Array;
  /** Expected logarithm of each judged day. */
  readonly expected: Float64Array;
  /** Robust z-score of each judged day; `NaN` before `minHistory`. */
  readonly z: Float64Array;
  /** 1 = above, -1 = below, 2 = drifting, 0 = normal or unknown. */
  readonly flags: Int8Array;
  /** First index of the level that is normal on each day. */
  readonly levelStart: Int32Array;
}

interface Walk extends DailyScan {
  readonly options: DetectionOptions;
  readonly residuals: number[];
  /** Levels that were normal until `until` (index). */
  readonly formerLevels: { readonly level: number; readonly until: number }[];
  start: number;
  run: { sign: 1 | -1; first: number; days: number; last: number } | undefined;
}

const FORMER_LEVEL_DAYS = 35;
const SCALE_DAYS = 42;
const MIN_RESIDUALS = 14;

/** Walks over the days in order; the verdict on a day uses only the days before it. */
export function scanDays(values: ArrayLike<number>, options: DetectionOptions): DailyScan {
  const n = values.length;
  const walk: Walk = {
    options,
    logs: Float64Array.from(values, (value) =>
      Number.isNaN(value) ? Number.NaN : toLog(value, logOffset(options)),
    ),
    clean: new Float64Array(n),
    expected: new Float64Array(n),
    z: new Float64Array(n).fill(Number.NaN),
    flags: new Int8Array(n),
    levelStart: new Int32Array(n),
    residuals: [],
    formerLevels: [],
    start: 0,
    run: undefined,
  };
  for (let t = 0; t < n; t += 1) {
    if (t < options.minHistory) learn(walk, t);
    else judge(walk, t, baselineAt(walk.clean, t, walk.start));
    walk.levelStart[t] = walk.start;
  }
  return walk;
}

function learn(walk: Walk, t: number): void {
  const log = walk.logs[t] ?? Number.NaN;
  walk.clean[t] = Number.isNaN(log) ? (walk.clean[t - 1] ?? 0) : log;
}

function judge(walk: Walk, t: number, baseline: Baseline): void {
  const log = walk.logs[t] ?? Number.NaN;
  const expected = expectedLog(baseline, t);
  walk.clean[t] = expected;
  walk.expected[t] = expected;
  if (Number.isNaN(log)) return;
  const sigma = Math.max(walk.options.sigmaFloor, scaleOf(walk, t, baseline));
  const residual = log - expected;
  walk.z[t] = residual / sigma;
  const sign = outlierSign(walk, t, residual, sigma, baseline.level);
  if (sign === 0) accept(walk, t, residual);
  else extendRun(walk, t, sign, baseline.level);
  if (sign === 0 && isDrifting(walk.clean, t, baseline.season, sigma, walk)) walk.flags[t] = 2;
}

function scaleOf(walk: Walk, t: number, baseline: Baseline): number {
  const recent = walk.residuals.slice(-SCALE_DAYS);
  if (recent.length >= MIN_RESIDUALS) return residualScale(recent) * (1 + 3 / recent.length);
  const first = Math.max(walk.start, t - 2 * MIN_RESIDUALS);
  const fitted = walk.clean
    .subarray(first, t)
    .map((value, i) => value - (baseline.season[(first + i) % 7] ?? 0) - baseline.level);
  return Math.max(2 * walk.options.sigmaFloor, 1.5 * residualScale(fitted));
}

/**
 * A rise back to a level that was normal within the last weeks is no anomaly. An open run goes on at half the
 * threshold, so that one event is not told as several.
 */
function outlierSign(walk: Walk, t: number, residual: number, sigma: number, level: number): 1 | -1 | 0 {
  const { z, floor } = walk.options;
  const goesOn = (sign: 1 | -1): boolean => walk.run?.sign === sign && t - walk.run.last <= 2;
  const needed = (sign: 1 | -1): number =>
    Math.max(Math.log1p(floor.relative), (goesOn(sign) ? z / 2 : z) * sigma);
  const known = walk.formerLevels.filter((former) => former.until >= t - FORMER_LEVEL_DAYS);
  const excess = Math.min(residual, ...known.map((former) => residual + level - former.level));
  if (excess >= needed(1)) return 1;
  return -residual >= needed(-1) ? -1 : 0;
}

function accept(walk: Walk, t: number, residual: number): void {
  walk.clean[t] = walk.logs[t] ?? 0;
  walk.residuals.push(residual);
  if (walk.run && t - walk.run.last > 1) walk.run = undefined;
}

function extendRun(walk: Walk, t: number, sign: 1 | -1, level: number): void {
  walk.flags[t] = sign;
  const { run, options } = walk;
  walk.run =
    run?.sign === sign ? { ...run, days: run.days + 1, last: t } : { sign, first: t, days: 1, last: t };
  const limit = sign === 1 ? options.absorbAfter : options.absorbDropAfter;
  if (walk.run.days < limit) return;
  walk.formerLevels.push({ level, until: walk.run.first - 1 });
  walk.start = walk.run.first;
  for (let s = walk.start; s <= t; s += 1) {
    const log = walk.logs[s] ?? Number.NaN;
    if (!Number.isNaN(log)) walk.clean[s] = log;
  }
  walk.run = undefined;
}

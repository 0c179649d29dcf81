import type { Baseline } from './baseline.js';
import { baselineAt, expectedLog, fromLog } from './baseline.js';
import type { DailySeries } from './daily-series.js';
import { addDays } from './daily-series.js';
import type { DailyScan } from './daily-scan.js';
import { scanDays } from './daily-scan.js';
import type { DetectionOptions } from './detection-options.js';
import { detectionDefaults, logOffset } from './detection-options.js';
import { fitHinge } from './drift.js';
import type { Excess } from './habits.js';
import { isHabit } from './habits.js';

export type AnomalyKind = 'spike' | 'level-shift' | 'drift' | 'first-seen';

/**
 * `open`: still anomalous at the end of the series; `closed`: back to normal;
 * `absorbed`: it lasted `absorbAfter` days and its level counts as normal from then on.
 */
export type EventState = 'open' | 'closed' | 'absorbed';

/** Adjacent anomalous days of one series. Indexes are into the series, both included; amounts in its unit. */
export interface AnomalyEvent {
  readonly kind: AnomalyKind;
  readonly state: EventState;
  readonly start: number;
  readonly end: number;
  readonly startDay: string;
  readonly endDay: string;
  /** The first day on which it could be known. */
  readonly detectedDay: string;
  readonly actual: number;
  readonly expected: number;
  /** actual − expected over the event. */
  readonly impact: number;
  /** Largest |z| of its days. */
  readonly score: number;
  readonly expectedByDay: readonly number[];
}

interface Span {
  readonly sign: 1 | -1;
  readonly first: number;
  readonly last: number;
  readonly drift: boolean;
}

/** A longer event than this is a level shift or a drift, a shorter one a spike. */
const SPIKE_DAYS = 6;
const OPEN_SPIKE_DAYS = 3;
const HINGE_DAYS = 42;

/**
 * Anomalies of a daily cost series, oldest first. Causal: the verdict on a day rests on earlier days alone
 * (log cost, weekday season, local robust level and trend; see `baselineAt`), anomalous days never enter a baseline,
 * and a new level is absorbed after `absorbAfter` days. Days at most one normal day apart are one event. Charges that
 * come monthly and bursts of a mostly idle series are habits, not events.
 */
export function detectAnomalies(
  series: DailySeries,
  options: Partial<DetectionOptions> = {},
): AnomalyEvent[] {
  const settings = { ...detectionDefaults, ...options };
  const scan = scanDays(series.values, settings);
  const excess = excessOf(series, scan, logOffset(settings));
  const wanted = spans(scan.flags)
    .filter((span) => span.sign === 1 || settings.direction === 'both')
    .filter(
      (span) =>
        span.sign === -1 || span.last - span.first >= SPIKE_DAYS || !isHabit(excess, span.first, span.last),
    );
  return merged(wanted, (span) => locate(scan, span, logOffset(settings)))
    .map((span) => ({ span, event: describe(series, scan, settings, span) }))
    .filter(({ span, event }) => span.sign * event.impact >= leastImpact(event, settings))
    .map(({ event }) => event);
}

function excessOf(series: DailySeries, scan: DailyScan, offset: number): Excess {
  const byDay = Float64Array.from(scan.flags, (flag, t) =>
    flag === 1 ? fromLog(scan.logs[t] ?? 0, offset) - fromLog(scan.expected[t] ?? 0, offset) : 0,
  );
  return { start: series.start, byDay, idle: (t) => (scan.logs[t] ?? 0) <= Math.log(2 * offset) };
}

/**
 * What the days `from` … `to` (indexes) were expected to be, from the days before `from` alone,
 * without those that were anomalous themselves. Unit of the series.
 */
export function expectedWithin(
  values: ArrayLike<number>,
  from: number,
  to: number,
  options: Partial<DetectionOptions> = {},
): number[] {
  const settings = { ...detectionDefaults, ...options };
  const scan = scanDays(Array.from(values).slice(0, from), settings);
  const start = from === 0 ? 0 : (scan.levelStart[from - 1] ?? 0);
  return project(baselineAt(scan.clean, from, start), from, to, settings);
}

function project(baseline: Baseline, from: number, to: number, options: DetectionOptions): number[] {
  const offset = logOffset(options);
  return Array.from({ length: to - from + 1 }, (_, i) => fromLog(expectedLog(baseline, from + i), offset));
}

const leastImpact = (event: AnomalyEvent, { floor }: DetectionOptions): number =>
  Math.max(floor.absolute, floor.relative * event.expected);

/** A drift is often preceded by single days that stood out: what begins before the event before it ended is one. */
function merged(found: readonly Span[], locateSpan: (span: Span) => Located): Located[] {
  const events: Located[] = [];
  for (const span of found) {
    const located = locateSpan(span);
    const previous = events.at(-1);
    const overlaps = previous?.sign === span.sign && located.start <= previous.last + 2;
    if (overlaps) events.pop();
    events.push(
      overlaps
        ? locateSpan({ ...span, first: previous.first, drift: span.drift || previous.drift })
        : located,
    );
  }
  return events;
}

function spans(flags: Int8Array): Span[] {
  const found: Span[] = [];
  flags.forEach((flag, t) => {
    if (flag === 0) return;
    const day: Span = { sign: flag === -1 ? -1 : 1, first: t, last: t, drift: flag === 2 };
    const previous = found.at(-1);
    const joins = previous?.sign === day.sign && t - previous.last <= 2;
    if (joins)
      found[found.length - 1] = { ...day, first: previous.first, drift: previous.drift || day.drift };
    else found.push(day);
  });
  return found;
}

interface Located extends Span {
  readonly start: number;
  readonly kind: AnomalyKind;
}

/** A drift is noticed late: its start is where a level turns into a ramp. */
function locate(scan: DailyScan, span: Span, offset: number): Located {
  const days = span.last - span.first + 1;
  const open = span.last === scan.flags.length - 1;
  const short = days <= (open ? OPEN_SPIKE_DAYS : SPIKE_DAYS);
  if (isFirstSeen(scan, span, offset)) return { ...span, start: span.first, kind: 'first-seen' };
  if (!span.drift && short) return { ...span, start: span.first, kind: 'spike' };
  const from = Math.max(0, scan.levelStart[span.first - 1] ?? 0, span.first - HINGE_DAYS);
  const season = baselineAt(scan.clean, span.first).season;
  const values = scan.logs
    .slice(from, span.last + 1)
    .map((log, i) => (Number.isNaN(log) ? (scan.clean[from + i] ?? 0) : log) - (season[(from + i) % 7] ?? 0));
  const hinge = fitHinge(values);
  if (hinge.rampError < hinge.stepError) return { ...span, start: from + hinge.start, kind: 'drift' };
  return {
    ...span,
    start: span.drift ? Math.min(span.first, from + hinge.stepStart) : span.first,
    kind: 'level-shift',
  };
}

const FIRST_SEEN_HISTORY = 10;

function isFirstSeen(scan: DailyScan, span: Span, offset: number): boolean {
  const before = scan.logs.subarray(0, span.first);
  const nothing = Math.log(2 * offset);
  return span.sign === 1 && before.length >= FIRST_SEEN_HISTORY && before.every((log) => !(log > nothing));
}

function describe(
  series: DailySeries,
  scan: DailyScan,
  options: DetectionOptions,
  { start, last, first, kind }: Located,
): AnomalyEvent {
  const baseline = baselineAt(scan.clean, start, start === 0 ? 0 : (scan.levelStart[start - 1] ?? 0));
  const expectedByDay = project(baseline, start, last, options);
  const expected = expectedByDay.reduce((total, value) => total + value, 0);
  let actual = 0;
  let score = 0;
  for (let t = start; t <= last; t += 1) {
    actual += knownOr(series.values[t], expectedByDay[t - start] ?? 0);
    score = Math.max(score, Math.abs(scan.z[t] ?? 0) || 0);
  }
  return {
    kind,
    state: stateOf(scan, last),
    start,
    end: last,
    startDay: addDays(series.start, start),
    endDay: addDays(series.start, last),
    detectedDay: addDays(series.start, first),
    actual,
    expected,
    impact: actual - expected,
    score,
    expectedByDay,
  };
}

const knownOr = (value: number | undefined, other: number): number =>
  value === undefined || Number.isNaN(value) ? other : value;

function stateOf(scan: DailyScan, last: number): EventState {
  const next = scan.levelStart[last] ?? 0;
  const absorbed = next !== (scan.levelStart[last - 1] ?? 0);
  if (absorbed) return 'absorbed';
  return last >= scan.flags.length - 2 ? 'open' : 'closed';
}

import { describe, expect, it } from '@jest/globals';
import { figuresOf, reached } from './figures.js';
import type { Load } from './load.js';
import { tableOf } from './report.js';
import type { Report } from './report.js';
import { resultOf, speedOf } from './sections/speed.js';
import type { MeasuredProcess } from './system.js';

const engine: MeasuredProcess[] = [
  { name: 'engine', pid: 1, counts: 'cpu and memory' },
  { name: 'broker', pid: 2, counts: 'memory' },
  { name: 'database', pid: 3, counts: 'neither' },
];

const loadOf = (wfPerSecond: number, p50: number): Load => ({
  workflows: 100,
  wfPerSecond,
  latencyMs: { p50, p99: 3 * p50 },
  cpuSecondsPer1000: { engine: 0.2, broker: 0.1, database: 0.3 },
  memoryMb: { engine: 100, broker: 50, database: 900 },
});
const roundOf = (rate: number) => ({
  1: loadOf(rate, 10),
  16: loadOf(4 * rate, 20),
  128: loadOf(9 * rate, 40),
});
const speedAt = (rate: number) =>
  speedOf({ processes: engine }, [roundOf(rate), roundOf(2 * rate), roundOf(rate / 2)]);

const floor = { sequenceMs: { p50: 8, p99: 9 }, commitMs: 1, roundTripMs: 0.4 };
const report: Report = {
  benchmark: 'orchestrator',
  at: '2026-01-01T00:00:00Z',
  machine: { cores: 2, processor: 'any', memoryGb: 8, node: 'v20' },
  settings: {},
  differences: ['the steps of the others run in process'],
  ...resultOf({ trimtab: speedAt(100), dbos: speedAt(10) }, floor),
};

describe('the report of the benchmark', () => {
  it('has the medians of the rounds in the shape that others read', () => {
    expect(report).toMatchObject({
      rounds: 3,
      systems: {
        trimtab: {
          wfPerSecond: { 1: 100, 16: 400, 128: 900 },
          idleMs: { p50: 10, p99: 30 },
          cpuSecondsPer1000: { 128: 0.2 },
          memoryMb: 150,
        },
      },
      floor,
      ratios: { dbos: { wfPerSecond: { 1: 10, 16: 10, 128: 10 }, idleP50: 1 }, idleP50ToFloor: 1.25 },
    });
  });

  it('holds each figure against what it has to reach, and leaves out what was not measured', () => {
    const verdicts = Object.fromEntries(figuresOf(report).map((one) => [one.figure, reached(one)]));
    expect(verdicts).toEqual({
      'workflows/s at 128 ÷ DBOS': 'missed',
      'workflows/s at 16 ÷ DBOS': 'aim',
      'idle p50: DBOS ÷ ours': 'missed',
      'idle p50 ÷ floor': 'must',
      'CPU-seconds per 1,000 workflows at 128': 'must',
      'memory at 128, MB': 'aim',
    });
  });

  it('has a line for each other section that was asked for, and its figure', () => {
    const more: Report = {
      ...report,
      append: { rowsPerSecond: 80, rawRowsPerSecond: 100, ratio: 0.8 },
      fanOut: { tasks: 10, seconds: [9, 5, 4], memoryMb: { before: 50, peaks: [100, 103, 110] } },
      growth: { finishedRuns: 7, cpuRatio: 1.04, timeRatio: 1.1 },
      coldStart: { openRuns: 9, seconds: 61, firstSeconds: 5 },
    };
    const verdicts = figuresOf(more).map((one) => reached(one));
    expect(verdicts.slice(5)).toEqual(['aim', 'aim', 'must', 'aim', 'missed', 'aim']);
    expect(tableOf(more)).toContain('cold start: 9 runs, the first moved after 5 s, the last after 61 s');
  });

  it('shows systems side by side and says what differs', () => {
    const table = tableOf(report);
    expect(table).toMatch(/workflows\/s at 128 +900 +90\n/);
    expect(table).toContain('- the steps of the others run in process');
  });
});

import { describe, expect, it } from '@jest/globals';
import { emptySketch, mergeSketch, quantile, recordDuration, RELATIVE_ERROR } from './duration-sketch.js';
import { dimensionsOf } from './observation.js';
import type { AttemptEnded, RunEnded } from './observation.js';
import { emptyTally, mergeTally, observe, statisticsOf } from './tally.js';

/** A long tail, the same each time. */
const durations = Array.from({ length: 5_000 }, (_, i) => Math.round(Math.exp(((i * 7_919) % 5_000) / 300)));
const exact = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? 0;

describe('a sketch of durations', () => {
  it.each([0, 0.5, 0.95, 0.99, 1])('tells quantile %d within its error', (q) => {
    const sketch = emptySketch();
    for (const ms of durations) recordDuration(sketch, ms);
    const [told, real] = [quantile(sketch, q) ?? -1, exact(durations, q)];
    expect(Math.abs(told - real)).toBeLessThanOrEqual(real * RELATIVE_ERROR + 1e-9);
    expect(sketch.max).toBe(Math.max(...durations));
  });

  it('is the same whether it was made at once or added up in another order', () => {
    const [whole, left, right] = [emptySketch(), emptySketch(), emptySketch()];
    for (const ms of durations) recordDuration(whole, ms);
    durations.forEach((ms, i) => recordDuration(i % 3 === 0 ? right : left, ms));
    mergeSketch(right, left);
    expect(right).toEqual(whole);
    expect(JSON.parse(JSON.stringify(right))).toEqual(whole);
  });

  it('stays small: a month takes one of about a thousand bins', () => {
    const sketch = emptySketch();
    for (let ms = 1; ms < 31 * 86_400_000; ms = ms * 1.001 + 1) recordDuration(sketch, ms);
    expect(Object.keys(sketch.bins).length).toBeLessThan(1_100);
  });

  it('knows nothing of nothing, and takes clocks that disagree for no time', () => {
    const sketch = emptySketch();
    expect(quantile(sketch, 0.5)).toBeNull();
    recordDuration(sketch, -20);
    expect([quantile(sketch, 0.5), sketch.sum]).toEqual([0, 0]);
  });
});

const at = '2026-11-21T10:00:00.000Z';
const attempt = (more: Partial<AttemptEnded>): AttemptEnded => ({
  kind: 'attempt',
  at,
  workflow: 'optimize',
  uses: 'discovery.inventory',
  outcome: 'completed',
  ...more,
});
const run = (more: Partial<RunEnded>): RunEnded => ({
  kind: 'run',
  at,
  workflow: 'optimize',
  status: 'COMPLETED',
  totalMs: 1_000,
  findings: 0,
  savings: [],
  executed: [],
  ...more,
});
const usd = (amount: string) => ({ amount, currency: 'USD' });

describe('a tally', () => {
  it('counts an attempt by task, service and node, and its times by workflow', () => {
    expect(dimensionsOf(attempt({ node: 'discovery-1' }))).toEqual([
      ['workflow', 'optimize'],
      ['task', 'discovery.inventory'],
      ['service', 'discovery'],
      ['node', 'discovery-1'],
    ]);
    expect(dimensionsOf(attempt({ uses: 'approval' }))).toContainEqual(['service', 'orchestrator']);
    const [task, workflow] = [emptyTally(), emptyTally()];
    for (const one of [
      attempt({ queueMs: 10, runMs: 100, totalMs: 110 }),
      attempt({ outcome: 'retrying', code: 'cloud.throttled', runMs: 5 }),
      attempt({ outcome: 'failed', code: 'cloud.throttled' }),
    ]) {
      observe(task, 'task', one);
      observe(workflow, 'workflow', one);
    }
    expect(statisticsOf('t', task)).toMatchObject({
      count: 3,
      succeeded: 1,
      failed: 1,
      successRate: 0.5,
      retries: 1,
      failures: { 'cloud.throttled': 2 },
      queue: { count: 1, max: 10 },
      run: { count: 2, max: 100, mean: 52.5 },
      total: { count: 1, max: 110 },
    });
    expect(statisticsOf('w', workflow)).toMatchObject({
      count: 0,
      successRate: null,
      retries: 1,
      total: null,
    });
  });

  it('counts runs with what they brought; one that was cancelled neither succeeded nor failed', () => {
    const tally = emptyTally();
    observe(tally, 'workflow', run({ findings: 3, savings: [usd('0.1')] }));
    observe(tally, 'workflow', run({ status: 'CANCELLED' }));
    const other = emptyTally();
    observe(other, 'workflow', run({ status: 'FAILED', code: 'task.broken', executed: [usd('5')] }));
    observe(other, 'workflow', run({ savings: [usd('0.2'), { amount: '1', currency: 'EUR' }] }));
    mergeTally(tally, other);
    expect(statisticsOf('optimize', tally)).toMatchObject({
      count: 4,
      succeeded: 2,
      failed: 1,
      failures: { 'task.broken': 1 },
      findings: 3,
      savings: [{ amount: '1', currency: 'EUR' }, usd('0.3')],
      executed: [usd('5')],
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OtlpReceiver, ReceivedSpan } from '@trimtab/testing';
import { eventually, startOtlpReceiver } from '@trimtab/testing';
import type { FinishedRun, System } from '../src/index.js';
import { startSystem } from '../src/index.js';

const STAGES = ['discovery', 'analysis', 'anomaly', 'budget', 'execution', 'reporting'];
const serviceOf = (span: ReceivedSpan): string => String(span.resource['service.name']);

describe('the trace of a run', () => {
  let receiver: OtlpReceiver;
  let system: System;
  let runs: FinishedRun[];

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    system = await startSystem({ processes: 'each', otlp: receiver.url });
    runs = await Promise.all(
      [system.runs.start(), system.runs.start({ scanOnly: true })].map(async (id) =>
        system.runs.finished(await id),
      ),
    );
    await tracesAreWhole();
  });
  afterAll(async () => {
    await system?.dispose();
    await receiver?.close();
  });

  const traceOf = (run: FinishedRun | undefined): string => (run?.id ?? '').replaceAll('-', '');
  /** Each process exports its spans in batches: they are all there when none is missed and no more come. */
  async function tracesAreWhole(): Promise<void> {
    let before = -1;
    await eventually(
      () => {
        const [spans, others] = runs.map((run) => receiver.spans(traceOf(run)));
        const still = spans?.length === before;
        before = spans?.length ?? 0;
        const missed = missedIn(spans ?? []);
        if (missed.length > 0) throw new Error(`these spans have not come: ${missed.join(', ')}`);
        return still && (others?.length ?? 0) > 0;
      },
      { timeoutMs: 120_000, intervalMs: 6_000 },
    );
  }
  function missedIn(spans: readonly ReceivedSpan[]): string[] {
    const services = new Set(spans.map(serviceOf));
    const silent = ['orchestrator', ...STAGES].filter((name) => !services.has(name));
    const begun = spans.some(({ name }) => name === 'run.start') ? [] : ['run.start'];
    const unfinished = attemptsOf(spans).length < begunTasks().length ? ['an attempt'] : [];
    return [...silent, ...begun, ...unfinished, ...orphansOf(spans).map(({ name }) => `parent of ${name}`)];
  }
  const begunTasks = () =>
    runs[0]?.taskList.filter(({ attempt, startedAt }) => attempt > 0 && startedAt !== null) ?? [];
  function orphansOf(spans: readonly ReceivedSpan[]): ReceivedSpan[] {
    const ids = new Set(spans.map(({ spanId }) => spanId));
    return spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId));
  }

  it('is one trace, named by the run, that crosses the orchestrator and all six stages', () => {
    const services = new Set(receiver.spans(traceOf(runs[0])).map(serviceOf));
    expect([...services]).toEqual(expect.arrayContaining(['orchestrator', ...STAGES]));
    const elsewhere = receiver
      .spans()
      .filter(
        ({ traceId, attributes }) =>
          traceId !== traceOf(runs[0]) && attributes['trimtab.run_id'] === runs[0]?.id,
      );
    expect(elsewhere.map(({ name }) => name)).toEqual([]);
  });

  it('has no span without its parent, and no span twice', () => {
    const spans = receiver.spans(traceOf(runs[0]));
    const ids = spans.map(({ spanId }) => spanId);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(orphansOf(spans).map((span) => `${serviceOf(span)} ${span.name}`)).toEqual([]);
  });

  it('begins with run.start, whose children are the attempts', () => {
    const spans = receiver.spans(traceOf(runs[0]));
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    const start = spans.find(({ name }) => name === 'run.start');
    expect(start).toBeDefined();
    expect(serviceOf(start as ReceivedSpan)).toBe('orchestrator');
    expect(roots.length).toBeLessThanOrEqual(1);
    const attempts = attemptsOf(spans);
    expect(attempts.length).toBeGreaterThanOrEqual(begunTasks().length);
    expect(attempts.filter(({ parentSpanId }) => parentSpanId !== start?.spanId)).toEqual([]);
  });

  it('shows the work of each stage as a child of its attempt', () => {
    const spans = receiver.spans(traceOf(runs[0]));
    const attempts = new Set(attemptsOf(spans).map(({ spanId }) => spanId));
    for (const stage of STAGES) {
      const work = spans.filter((span) => serviceOf(span) === stage && /process/.test(span.name));
      expect([stage, work.length > 0]).toEqual([stage, true]);
      expect(work.filter(({ parentSpanId }) => !attempts.has(parentSpanId ?? ''))).toEqual([]);
    }
  });

  it('belongs to one run alone', () => {
    expect(receiver.spans(traceOf(runs[1])).length).toBeGreaterThan(0);
    expect(traceOf(runs[1])).not.toBe(traceOf(runs[0]));
  });

  const attemptsOf = (spans: readonly ReceivedSpan[]): ReceivedSpan[] =>
    spans.filter((span) => serviceOf(span) === 'orchestrator' && 'trimtab.attempt' in span.attributes);
});

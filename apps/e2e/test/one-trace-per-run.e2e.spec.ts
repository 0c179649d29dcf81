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
    await traceIsWhole(traceOf(runs[0]));
  });
  afterAll(async () => {
    await system?.dispose();
    await receiver?.close();
  });

  const traceOf = (run: FinishedRun | undefined): string => (run?.id ?? '').replaceAll('-', '');
  /** Spans are exported in batches: the trace is whole when its last stage has reported and it stands still. */
  async function traceIsWhole(traceId: string): Promise<void> {
    let before = -1;
    await eventually(
      () => {
        const spans = receiver.spans(traceId);
        const still = spans.length === before && spans.some((span) => serviceOf(span) === 'reporting');
        before = spans.length;
        return still;
      },
      { timeoutMs: 60_000, intervalMs: 6_000 },
    );
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
    const orphans = spans.filter(
      ({ parentSpanId }) => parentSpanId !== undefined && !ids.includes(parentSpanId),
    );
    expect(orphans.map((span) => `${serviceOf(span)} ${span.name}`)).toEqual([]);
  });

  it('begins with run.start, whose children are the attempts', () => {
    const spans = receiver.spans(traceOf(runs[0]));
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    const start = spans.find(({ name }) => name === 'run.start');
    expect(start).toBeDefined();
    expect(serviceOf(start as ReceivedSpan)).toBe('orchestrator');
    expect(roots.length).toBeLessThanOrEqual(1);
    const attempts = attemptsOf(spans);
    const tasks =
      runs[0]?.taskList.filter(({ attempt, startedAt }) => attempt > 0 && startedAt !== null) ?? [];
    expect(attempts.length).toBeGreaterThanOrEqual(tasks.length);
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

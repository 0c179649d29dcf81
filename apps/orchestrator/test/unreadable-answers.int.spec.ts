import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@trimtab/testing';
import { Bench, flow, SILENCE } from './bench.js';

const patient = { timeoutMs: 45_000 };
const workflows = [
  flow('once', { tasks: { a: { uses: 'test.work', retry: { maxAttempts: 1 } } } }),
  flow('twice', { tasks: { a: { uses: 'test.work', retry: { maxAttempts: 2, initialDelay: '10ms' } } } }),
];

describe('a worker whose answers cannot be read', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open();
    await bench.orchestrator(workflows, { resendAfterMs: 200, sweepMs: 200 });
    await bench.listen();
    await bench.worker();
  });
  afterAll(() => bench.dispose());

  const errorOf = (runId: string): unknown => {
    const failed = bench.events.find(
      ({ type, runid }) => type === 'trimtab.run.failed.v1' && runid === runId,
    );
    return (failed?.data as { error?: unknown } | undefined)?.error;
  };

  it('is asked once more, then its attempt fails, and the letters are kept', async () => {
    bench.answer = (_data, command) => {
      void bench.result(command, {}, { data: { status: 'odd' } });
      return SILENCE;
    };
    const runId = await bench.start('once');
    await bench.until(runId, 'FAILED');
    await eventually(() => errorOf(runId) !== undefined, patient);
    expect(errorOf(runId)).toMatchObject({ code: 'result.invalid' });
    // At least: a slow machine may ask before it has read, and the worker hear of it when the run has failed.
    const asked = await bench.sent(runId, 2);
    expect(new Set(asked.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    // A run hears of its letter before the letter is published.
    await eventually(
      async () => (await (await bench.messaging.jsm()).streams.info('DLQ')).state.messages >= 2,
      patient,
    );
  });

  it('may answer the next attempt rightly, whatever it sent before', async () => {
    bench.answer = ({ replyTo }, { attempt }) => {
      if (attempt === 2) return {};
      bench.messaging.nc.publish(replyTo, 'no JSON at all');
      return SILENCE;
    };
    const runId = await bench.start('twice');
    const { tasks } = await bench.until(runId, 'COMPLETED');
    expect(tasks['a']).toMatchObject({ status: 'COMPLETED', attempt: 2 });
    expect(bench.commandsOf(runId).map(({ attempt }) => attempt)).toEqual(expect.arrayContaining([1, 1, 2]));
  });
});

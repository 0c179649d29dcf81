import { describe, expect, it } from '@jest/globals';
import { TASK_RESULT } from '@trimtab/contracts';
import { spanIdOf, traceIdOf } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { commandMessage, readAnswer } from './task-messages.js';

const RUN = '0190b3a2-0000-7000-8000-000000000001';
const at = '2026-11-01T00:00:00.000Z';
const command = {
  kind: 'sendTask',
  task: 'scan[3]',
  attempt: 2,
  uses: 'discovery.inventory',
  pool: 'big',
  input: { a: 1 },
  deadline: at,
} as const;
const result = (over: Partial<Envelope> = {}): Envelope => ({
  specversion: '1.0',
  id: 'r',
  source: '/test',
  type: TASK_RESULT,
  time: at,
  runid: RUN,
  taskid: 'scan[3]',
  attempt: 2,
  fencetoken: '2.4',
  data: { status: 'completed', output: { n: 1 }, startedAt: at, endedAt: at, worker: 'w' },
  ...over,
});

describe('a task command', () => {
  it('is the same message however often it is made, in the trace of its attempt', () => {
    const run = { runId: RUN, untraced: false };
    const message = commandMessage(run, 7, command, at);
    expect(message).toEqual(commandMessage(run, 7, command, at));
    expect(message.subject).toBe('trimtab.cmd.discovery.big.inventory');
    expect(message.envelope).toMatchObject({
      id: `${RUN}/scan[3]#2`,
      runid: RUN,
      taskid: 'scan[3]',
      attempt: 2,
      data: { replyTo: `trimtab.res.7.${RUN}`, input: { a: 1 } },
    });
    expect(message.envelope.traceparent).toBe(`00-${traceIdOf(RUN)}-${spanIdOf(RUN, 'scan[3]#2')}-01`);
  });
});

describe('a task result', () => {
  it('gives attempt and claim as the fencing token', () => {
    expect(readAnswer(result())).toMatchObject({
      task: 'scan[3]',
      attempt: 2,
      claim: 4,
      outcome: { kind: 'completed', output: { n: 1 } },
      worker: 'w',
    });
  });

  it.each([
    ['without a run', { runid: undefined }],
    ['of another type', { type: 'x' }],
    ['without an outcome', { data: { status: 'done' } }],
  ])('%s is refused for good', (_, over) => {
    expect(() => readAnswer(result(over as Partial<Envelope>))).toThrow(
      expect.objectContaining({ code: 'result.invalid', retry: 'never' }),
    );
  });
});

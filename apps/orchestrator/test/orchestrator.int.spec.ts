import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventContracts } from '@trimtab/contracts';
import type { EventType } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import type { Orchestrator } from '../src/orchestrator.js';
import { Bench, broken, flow, inMemory, SILENCE } from './bench.js';

const task = { uses: 'test.work' };
const retry = { maxAttempts: 3, initialDelay: '50ms', jitter: 0 };

const workflows = [
  flow('pair', {
    tasks: {
      first: { ...task, with: { n: '${ input.n }' } },
      second: { ...task, needs: ['first'], with: { got: '${ tasks.first.output.n }' } },
    },
    outputs: { n: '${ tasks.second.output.n }' },
  }),
  flow('flaky', { tasks: { a: { ...task, retry } } }),
  flow('fan', {
    tasks: { each: { ...task, forEach: 'input.list', concurrency: 3, with: '${ item }' } },
    outputs: '${ tasks.each.output }',
  }),
  flow('gate', {
    tasks: {
      ok: { uses: 'approval', approval: { digest: 'd1' }, with: { title: 'Go?' } },
      act: { ...task, needs: ['ok'] },
    },
  }),
  flow('slow', { tasks: { a: { ...task, retry: { maxAttempts: 1 } }, b: { ...task, needs: ['a'] } } }),
  flow('nap', {
    tasks: { wait: { uses: 'timer', with: { duration: '2s' } }, after: { ...task, needs: ['wait'] } },
  }),
  flow('timed', {
    tasks: {
      late: { ...task, timeout: '300ms', retry: { maxAttempts: 1 }, onError: 'continue' },
      stuck: { ...task, needs: ['late'], timeout: { queue: '200ms', run: '1h' }, retry: { maxAttempts: 1 } },
    },
  }),
  flow('choice', {
    tasks: {
      yes: { ...task, when: 'input.n > 1' },
      no: { ...task, when: 'input.n <= 1' },
      after: { ...task, needs: ['yes', 'no'] },
      always: { ...task, needs: ['no'], always: true },
      broken: { ...task, when: 'input.nothing.there', onError: 'continue' },
    },
  }),
  ...[true, false].map((failFast) =>
    flow(failFast ? 'fast' : 'thorough', {
      failFast,
      tasks: { bad: task, good: task, next: { ...task, needs: ['good'] } },
    }),
  ),
  flow('parent', {
    tasks: { child: { uses: 'workflow', with: { name: 'pair', input: { n: 20 } } } },
    outputs: { n: '${ tasks.child.output.n }' },
  }),
];

describe('an orchestrator', () => {
  let bench: Bench;
  let orchestrator: Orchestrator;
  beforeAll(async () => {
    bench = await Bench.open();
    orchestrator = await bench.orchestrator(workflows, {
      resendAfterMs: 1_000,
      sweepMs: 500,
      restAfterMs: 300,
    });
    await bench.worker();
    await bench.listen();
  });
  afterAll(() => bench.dispose());
  beforeEach(() => {
    bench.received.length = 0;
    bench.answer = () => ({ n: 1 });
  });

  it('O1, O7: runs tasks in order over the bus and passes results on', async () => {
    bench.answer = ({ input }) => ({
      n: ((input as { n?: number; got?: number }).n ?? (input as { got: number }).got) + 1,
    });
    const state = await bench.until(await bench.start('pair', { n: 1 }), 'COMPLETED');
    expect(state).toMatchObject({
      output: { n: 3 },
      tasks: { first: { status: 'COMPLETED' }, second: { status: 'COMPLETED' } },
    });
  });

  it('publishes what happened, valid and numbered without gaps', async () => {
    const runId = await bench.start('pair', { n: 1 });
    const own = () => bench.events.filter((event) => event.runid === runId);
    await bench.until(runId, 'COMPLETED');
    await eventually(() => own().length >= 6);
    expect(own().map((event) => event.type.replace(/^trimtab\.|\.v1$/g, ''))).toEqual([
      'run.started',
      'task.queued',
      'task.completed',
      'task.queued',
      'task.completed',
      'run.completed',
    ]);
    expect(own().map((event) => event.sequence)).toEqual(['1', '2', '3', '4', '5', '6']);
    for (const event of own())
      expect(eventContracts[event.type as EventType].safeParse(event.data).error).toBeUndefined();
  });

  it('O4: tries again with a new attempt, and gives up on a terminal error', async () => {
    bench.answer = (_, { attempt }) => (Number(attempt) < 3 ? broken('later') : {});
    const runId = await bench.start('flaky');
    const state = await bench.until(runId, 'COMPLETED');
    expect(state.tasks.a?.attempt).toBe(3);
    // Each at least once: what is not answered in time is asked again.
    expect([...new Set(bench.commandsOf(runId).map(({ attempt }) => attempt))]).toEqual([1, 2, 3]);
    bench.answer = () => Promise.reject(broken('never'));
    await bench.until(await bench.start('flaky'), 'FAILED');
  });

  it('O3: fans out in order', async () => {
    bench.answer = ({ input }) => (input as number) * 2;
    const state = await bench.until(await bench.start('fan', { list: [1, 2, 3, 4, 5, 6, 7] }), 'COMPLETED');
    expect(state).toMatchObject({ output: [2, 4, 6, 8, 10, 12, 14] });
  });

  it('O22: waits for a decision, takes one, and tells the second who won', async () => {
    const runId = await bench.start('gate');
    await expect(
      bench.ask('decide-approval', { runId, taskId: 'ok', decision: 'grant', digest: 'other' }),
    ).rejects.toMatchObject({ code: 'workflow.approval-digest' });
    await eventually(() => inMemory(orchestrator, runId) === undefined);
    const [one, two] = await Promise.allSettled(
      ['grant', 'reject'].map((decision) =>
        bench.ask('decide-approval', { runId, taskId: 'ok', decision, digest: 'd1', actor: decision }),
      ),
    );
    const won = one?.status === 'fulfilled' ? 'COMPLETED' : 'FAILED';
    const lost = one?.status === 'fulfilled' ? two : one;
    expect(lost).toMatchObject({
      status: 'rejected',
      reason: { code: 'workflow.approval-decided' },
    });
    await bench.until(runId, won);
    const winner = one?.status === 'fulfilled' ? 'grant' : 'reject';
    await expect(
      bench.ask('decide-approval', { runId, taskId: 'ok', decision: 'grant', digest: 'd1', actor: 'late' }),
    ).rejects.toMatchObject({
      code: 'workflow.approval-decided',
      message: expect.stringContaining(`by ${winner} at`),
    });
  });

  it('answers a repeated command as it did the first time', async () => {
    bench.answer = () => SILENCE;
    const start = { workflow: 'slow', input: {}, idempotencyKey: 'once' };
    const [a, b] = await Promise.all([bench.ask('start-run', start), bench.ask('start-run', start)]);
    expect(a.runId).toBe(b.runId);
    const cancel = { runId: a.runId, idempotencyKey: 'stop' };
    expect(await bench.ask('cancel-run', cancel)).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.ask('cancel-run', cancel)).toMatchObject({ status: 'CANCELLED' });
    await expect(bench.ask('cancel-run', { runId: a.runId })).rejects.toMatchObject({
      code: 'workflow.run-ended',
    });
    await expect(bench.ask('start-run', { workflow: 'ghost', input: {} })).rejects.toMatchObject({
      code: 'workflow.unknown',
    });
    await expect(bench.ask('start-run', { workflow: 'optimize' })).rejects.toMatchObject({ retry: 'never' });
  });

  it('ignores duplicated and stale results', async () => {
    bench.answer = async (_, envelope) => {
      await bench.result(envelope, { n: 1 }, { attempt: 7 });
      await bench.result(envelope, { n: 1 });
      await bench.result(envelope, { n: 99 });
      return { n: 99 };
    };
    expect(await bench.until(await bench.start('pair', { n: 1 }), 'COMPLETED')).toMatchObject({
      output: { n: 1 },
    });
  });

  it('sends a command again when its answer was lost', async () => {
    bench.answer = (_, { runid }) => (bench.commandsOf(runid ?? '').length === 1 ? SILENCE : {});
    const runId = await bench.start('flaky');
    await bench.until(runId, 'COMPLETED');
    const sent = bench.commandsOf(runId).map(({ id, attempt }) => [id, attempt]);
    expect(sent.length).toBeGreaterThanOrEqual(2);
    expect(sent).toEqual(sent.map(() => [expect.stringMatching(/\/a#1$/), 1]));
  });

  it('wakes a run that left memory when its timer is due', async () => {
    await bench.until(await bench.start('nap'), 'COMPLETED');
  });

  it('O11: runs a child workflow and takes its result', async () => {
    bench.answer = ({ input }) => ({
      n: ((input as { n?: number; got?: number }).n ?? (input as { got: number }).got) + 1,
    });
    expect(await bench.until(await bench.start('parent'), 'COMPLETED')).toMatchObject({ output: { n: 22 } });
  });

  it('O22: pauses and resumes', async () => {
    bench.answer = () => SILENCE;
    const runId = await bench.start('slow');
    const [command] = await bench.sent(runId);
    expect(await bench.ask('pause-run', { runId })).toMatchObject({ status: 'PAUSED' });
    if (command) await bench.result(command, {});
    bench.answer = () => ({});
    expect(await bench.ask('resume-run', { runId })).toMatchObject({ status: 'RUNNING' });
    await bench.until(runId, 'COMPLETED');
  });

  it('O5: ends what takes longer than its timeouts', async () => {
    bench.answer = () => SILENCE;
    const state = await bench.until(await bench.start('timed'), 'FAILED');
    expect([state.tasks.late, state.tasks.stuck]).toMatchObject([
      { status: 'FAILED', error: { code: 'workflow.run-timeout' } },
      { status: 'FAILED', error: { code: 'workflow.queue-timeout' } },
    ]);
  });

  it('O6: skips what its condition excludes, and what needs that; a condition that throws fails its task alone', async () => {
    const { tasks } = await bench.until(await bench.start('choice', { n: 2 }), 'COMPLETED');
    const statuses = Object.fromEntries(Object.entries(tasks).map(([id, { status }]) => [id, status]));
    expect(statuses).toEqual({
      ...{ yes: 'COMPLETED', no: 'SKIPPED', after: 'SKIPPED', always: 'COMPLETED', broken: 'FAILED' },
    });
  });

  it('O9: fails fast, or goes on with what does not depend on the failure', async () => {
    bench.answer = (_, { taskid }) => (taskid === 'bad' ? Promise.reject(broken('never')) : SILENCE);
    const fast = await bench.until(await bench.start('fast'), 'FAILED');
    expect([fast.tasks.good?.status, fast.tasks.next?.status]).toEqual(['CANCELLED', 'CANCELLED']);
    bench.answer = (_, { taskid }) => (taskid === 'bad' ? Promise.reject(broken('never')) : {});
    const thorough = await bench.until(await bench.start('thorough'), 'FAILED');
    expect([thorough.tasks.good?.status, thorough.tasks.next?.status]).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it('makes a thousand small runs', async () => {
    const mine = new Set<string>();
    const ends = () =>
      bench.events.filter(({ type, runid }) => type === 'trimtab.run.completed.v1' && mine.has(runid ?? ''))
        .length;
    for (const id of await Promise.all(Array.from({ length: 1_000 }, () => bench.start('pair', { n: 1 }))))
      mine.add(id);
    await eventually(() => ends() >= 1_000, { timeoutMs: 100_000 });
    expect(ends()).toBe(1_000);
  }, 180_000);
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { subjects } from '@trimtab/contracts';
import type { Tally } from '@trimtab/workflow';
import { eventually } from '@trimtab/testing';
import { CODE_VERSION } from '../src/handlers/run-loader.js';
import { Bench, broken, flow, SILENCE } from './bench.js';
import { openPool } from './connections.js';

const task = { uses: 'test.work' };
const effect = { ...task, compensate: { uses: 'test.undo' } };

const workflows = [
  flow('steps', {
    tasks: {
      a: task,
      b: { ...task, needs: ['a'], with: { n: '${ input.n }' } },
      c: { ...task, needs: ['b'] },
    },
  }),
  flow('patient', { tasks: { a: { ...task, retry: { maxAttempts: 3, initialDelay: '1h' } } } }),
  flow('signalled', {
    tasks: { wait: { uses: 'signal', with: { name: 'go' } }, after: { ...task, needs: ['wait'] } },
    outputs: '${ tasks.wait.output }',
  }),
  flow('saga', { tasks: { a: effect, b: { ...task, needs: ['a'] } } }),
];

describe('O22: people', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open();
    pool = openPool(bench.servers.databaseUrl);
    // What a silent worker was given is counted, and not sent again meanwhile.
    await bench.orchestrator(workflows, { sweepMs: 500, resendAfterMs: 600_000 });
    await bench.worker();
    await bench.listen();
  });
  afterAll(async () => {
    await pool.end();
    await bench.dispose();
  });
  beforeEach(() => {
    bench.received.length = 0;
    bench.answer = () => ({});
  });

  let pool: ReturnType<typeof openPool>;
  const told = (type: string, runId: string): Promise<Record<string, unknown>[]> =>
    eventually(() => {
      const found = bench.events.filter((event) => event.type === type && event.runid === runId);
      return found.length > 0 && found.map(({ data }) => data as Record<string, unknown>);
    });

  it('terminate a run at once, once, with their reason in the audit trail', async () => {
    bench.answer = () => SILENCE;
    const runId = await bench.start('steps');
    await bench.sent(runId);
    const command = { runId, reason: 'wrong account', idempotencyKey: 'stop-now' };
    const answers = await Promise.all([1, 2].map(() => bench.ask('terminate-run', command)));
    expect(answers).toEqual(Array(2).fill({ runId, status: 'TERMINATED' }));
    expect(await bench.ask('terminate-run', command)).toEqual({ runId, status: 'TERMINATED' });
    expect(await told('trimtab.run.commanded.v1', runId)).toEqual([
      expect.objectContaining({ command: 'terminate-run', actor: 'anna', reason: 'wrong account' }),
    ]);
  });

  it('retry now what waits an hour for its next attempt', async () => {
    bench.answer = () => Promise.reject(broken('later'));
    const runId = await bench.start('patient');
    await told('trimtab.task.failed.v1', runId);
    bench.answer = () => ({});
    await bench.ask('retry-task', { runId, taskId: 'a', reason: 'quota raised' });
    expect(await bench.until(runId, 'COMPLETED')).toMatchObject({ tasks: { a: { attempt: 2 } } });
    expect(await told('trimtab.run.commanded.v1', runId)).toEqual([
      expect.objectContaining({ command: 'retry-task', taskId: 'a', reason: 'quota raised' }),
    ]);
  });

  it('skip a task, and what needs it runs', async () => {
    bench.answer = (_, { taskid }) => (taskid === 'a' ? SILENCE : {});
    const runId = await bench.start('steps', { n: 1 });
    await bench.sent(runId);
    await bench.ask('skip-task', { runId, taskId: 'a', reason: 'known' });
    expect(await bench.until(runId, 'COMPLETED')).toMatchObject({ tasks: { a: { status: 'SKIPPED' } } });
    await expect(bench.ask('skip-task', { runId, taskId: 'b' })).rejects.toMatchObject({
      code: 'workflow.run-ended',
    });
  });

  it('signal a run, before or while it waits, once per key', async () => {
    const runId = await bench.start('signalled');
    const signal = { runId, name: 'go', payload: { n: 7 }, idempotencyKey: 'k' };
    await Promise.all([bench.ask('signal-run', signal), bench.ask('signal-run', signal)]);
    expect(await bench.until(runId, 'COMPLETED')).toMatchObject({ output: { n: 7 } });
  });

  it('O21: cancel with compensation: completed effects are undone', async () => {
    bench.answer = (_, { taskid }) => (taskid === 'b' ? SILENCE : {});
    const runId = await bench.start('saga');
    await bench.sent(runId, 2);
    await bench.ask('cancel-run', { runId, compensate: true });
    await bench.until(runId, 'COMPENSATED');
    expect(bench.commandsOf(runId).map(({ taskid }) => taskid)).toEqual(['a', 'b', 'a~undo']);
  });

  it('O20: do a run again from a step with another input, as a new run linked both ways', async () => {
    bench.answer = (_, { taskid }) => (taskid === 'b' ? Promise.reject(broken('never')) : { was: taskid });
    const old = await bench.start('steps', { n: 1 });
    await expect(bench.ask('restart-run', { runId: 'nobody' })).rejects.toMatchObject({
      code: 'run.unknown',
    });
    await bench.until(old, 'FAILED');
    bench.answer = () => ({});
    const again = { runId: old, from: 'b', input: { n: 2 }, reason: 'fixed', idempotencyKey: 'again' };
    const { runId, restartOf } = await bench.ask('restart-run', again);
    expect((await bench.ask('restart-run', again)).runId).toBe(runId);
    expect(restartOf).toBe(old);
    await bench.until(runId, 'COMPLETED');
    expect(bench.commandsOf(runId).map(({ taskid, data }) => [taskid, data.input])).toEqual([
      ['b', { n: 2 }],
      ['c', {}],
    ]);
    expect((await told('trimtab.run.started.v1', runId))[0]).toMatchObject({
      labels: { restartOf: old, restartFrom: 'b' },
    });
    expect(await told('trimtab.run.restarted.v1', old)).toEqual([
      expect.objectContaining({ restartedAs: runId, from: 'b', actor: 'anna', reason: 'fixed' }),
    ]);
    await bench.ask('restart-run', { runId: old }).then((other) => expect(other.runId).not.toBe(runId));
    expect((await bench.state(old)).status).toBe('FAILED');
    const open = await bench.start('signalled');
    await expect(bench.ask('restart-run', { runId: open })).rejects.toMatchObject({ code: 'run.not-ended' });
  });

  it('O19 analytics: get basic monitoring of the runs that ended here', async () => {
    const runId = await bench.start('steps', { n: 1 });
    await bench.until(runId, 'COMPLETED');
    const [subject, question] = [subjects.ask('orchestrator', 'analytics'), JSON.stringify({ by: 'task' })];
    // An end is stored a moment before it is counted.
    const work = await eventually(async () => {
      const answer = await bench.messaging.nc.request(subject, question, { timeout: 20_000 });
      const { rows } = answer.json<{ rows: { key: string; tally: Tally }[] }>();
      const tally = rows.find(({ key }) => key === 'test.work')?.tally;
      return (tally?.succeeded ?? 0) >= 3 && tally;
    });
    expect(work.queue.count).toBeGreaterThanOrEqual(3);
  });

  it('get an incident that a service reported, until it is over', async () => {
    const trouble = { key: 'spec', kind: 'analytics.unavailable', message: 'It is away.' };
    const open = async () =>
      (await bench.ask('list-incidents', { status: 'open' })).items.filter(
        ({ kind }) => kind === trouble.kind,
      );
    await bench.ask('report-incident', { ...trouble, over: false });
    await bench.ask('report-incident', { ...trouble, over: false });
    expect(await open()).toMatchObject([{ message: 'It is away.' }]);
    await bench.ask('report-incident', { ...trouble, message: 'It is back.', over: true });
    expect(await open()).toEqual([]);
  });

  it('O20 verifies what is stored: versions, steps, definition, snapshot and row', async () => {
    const runId = await bench.start('steps', { n: 1 });
    await bench.until(runId, 'COMPLETED');
    const verify = async () => (await bench.ask('verify-runs', { runId })).items[0];
    expect(await verify()).toMatchObject({ ok: true, status: 'COMPLETED', events: 8, problems: [] });
    await bench.until(await bench.start('steps', { n: 1 }), 'COMPLETED');
    const page = await bench.ask('verify-runs', { limit: 1 });
    expect([page.items.map(({ ok }) => ok), page.next]).toEqual([[true], page.items[0]?.runId]);
    const events = 'orchestrator.events';
    const stream = `run-${runId}`;
    await pool.query(
      `UPDATE ${events} SET data = replace(data, '"type":"TaskQueued"', '"type":"TaskCompensated"') WHERE stream = $1 AND version = 2`,
      [stream],
    );
    expect((await verify())?.problems).toEqual([
      expect.objectContaining({ code: 'workflow.illegal-transition' }),
    ]);
    await pool.query(`DELETE FROM ${events} WHERE stream = $1 AND version = 2`, [stream]);
    expect((await verify())?.problems).toContainEqual(expect.objectContaining({ code: 'history.gap' }));
    await pool.query(`UPDATE orchestrator.runs SET status = 'FAILED' WHERE run = $1`, [runId]);
    expect((await verify())?.ok).toBe(false);
    await expect(bench.ask('verify-runs', { runId: 'nobody' })).rejects.toMatchObject({
      code: 'run.unknown',
    });
  });

  it('O20 finds a snapshot that its events do not give, and a definition that is not what its digest says', async () => {
    const runId = await bench.start('steps', { n: 1 });
    await bench.until(runId, 'COMPLETED');
    const codes = async () =>
      (await bench.ask('verify-runs', { runId })).items[0]?.problems.map(({ code }) => code);
    const plant = async (version: number, state: object): Promise<void> => {
      const [stream, data] = [`run-${runId}`, JSON.stringify({ state, published: 0 })];
      const digest = createHash('sha256')
        .update([stream, CODE_VERSION, version, data].join('\n'))
        .digest('hex');
      await pool.query(
        `INSERT INTO orchestrator.snapshots (stream, code_version, version, data, digest) VALUES ($1, $2, $3, $4, $5)`,
        [stream, CODE_VERSION, version, data, digest],
      );
    };
    await plant(3, { status: 'COMPLETED', tasks: [] });
    expect(await codes()).toEqual(['snapshot.differs']);
    await pool.query(`DELETE FROM orchestrator.snapshots WHERE stream = $1`, [`run-${runId}`]);
    expect(await codes()).toEqual([]);
    const change = (from: string, to: string) =>
      pool.query(
        `UPDATE orchestrator.definitions SET document = replace(document, $1, $2) WHERE name = 'steps'`,
        [from, to],
      );
    await change('test.work', 'test.other');
    expect(await codes()).toEqual(['definition.changed']);
    await change('test.other', 'test.work');
    expect(await codes()).toEqual([]);
  });
});

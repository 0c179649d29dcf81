import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subjects } from '@trimtab/contracts';
import type { RunFilter } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { eventually } from '@trimtab/messaging/testing';
import { started } from './given.js';
import { newRun, Stage } from './stage.js';

let stage: Stage;
const runs = Array.from({ length: 6 }, newRun);
const [core, paused, failed, byTask, other, late] = runs as [string, string, string, string, string, string];

beforeAll(async () => {
  stage = await Stage.open();
  const at = (hour: number) => ({ startedAt: `2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z` });
  const team = { labels: { team: 'core', env: 'dev' } };
  const run = { workflow: 'optimize', version: 1 };
  const error = (code: string) => ({ code, message: 'The 100% quota_is used up.', retry: 'never' });
  const ended = { tasks: {}, endedAt: '2026-11-21T12:00:00.000Z' };
  const tell = (type: string, data: unknown) => stage.tell(type, data);
  await tell('trimtab.run.started.v1', started(core, { ...at(10), ...team }));
  await tell('trimtab.run.started.v1', started(paused, { ...at(11), ...team, workflow: 'nightly' }));
  await tell('trimtab.run.paused.v1', { runId: paused, ...run, actor: 'kim' });
  await tell('trimtab.run.started.v1', started(failed, at(12)));
  const failure = {
    runId: failed,
    ...run,
    ...at(12),
    ...ended,
    status: 'FAILED',
    error: error('cloud.quota'),
  };
  await tell('trimtab.run.failed.v1', failure);
  await tell('trimtab.run.started.v1', started(byTask, at(13)));
  const broken = { runId: byTask, taskId: 'a', uses: 'x.y', attempt: 1, willRetryAt: null };
  await tell('trimtab.task.failed.v1', { ...broken, at: at(13).startedAt, error: error('cloud.quota') });
  await tell('trimtab.run.started.v1', started(other, { ...at(14), actor: 'robin' }));
  await tell('trimtab.run.started.v1', started(late, at(20)));
  await stage.projected(late, 1);
  await eventually(async () => (await ids({ status: 'FAILED' })).length === 1);
});
afterAll(() => stage?.close());

const ids = async (query: RunFilter): Promise<string[]> =>
  (await stage.client.call('listRuns', { query })).items.map(({ id }) => id);

describe('O24 operations: runs', () => {
  it.each<[RunFilter, string[]]>([
    [{}, [late, other, byTask, failed, paused, core]],
    [{ status: 'paused,FAILED' }, [failed, paused]],
    [{ workflow: 'nightly' }, [paused]],
    [{ label: 'team=core' }, [paused, core]],
    [{ label: 'team=core,env=dev', status: 'RUNNING' }, [core]],
    [{ label: 'team=none' }, []],
    [{ since: '2026-11-21T13:00:00+00:00', until: '2026-11-21T15:00:00.000Z' }, [other, byTask]],
    [{ since: '2026-11-22' }, []],
    [{ text: 'ROBIN' }, [other]],
    [{ text: '100% quota_is' }, [failed]],
    [{ text: '%' }, [failed]],
    [{ code: 'cloud.quota' }, [byTask, failed]],
  ])('are found by %j', async (filter, found) => {
    expect(await ids(filter)).toEqual(found);
  });

  it('cannot be looked for by a time that is none', async () => {
    expect((await stage.get('/api/v1/runs?since=yesterday')).status).toBe(400);
  });

  it('are changed together only as they were shown, once, with the result of each', async () => {
    const asked: { runId: string; actor: string; reason: string; idempotencyKey: string }[] = [];
    let tries = 0;
    const people = stage.bus.respond(subjects.people('cancel-run'), 'spec', ({ data }) => {
      const request = data as (typeof asked)[number];
      if (request.runId === paused)
        throw new AppError('workflow.run-ended', 'It has ended.', { details: { status: 'COMPLETED' } });
      if (request.runId === core && (tries += 1) === 1)
        throw new AppError('partition.fenced', 'Ask again.', { retry: 'later' });
      asked.push(request);
      return { runId: request.runId, status: 'CANCELLED' };
    });
    await people.ready;
    const where = { label: 'team=core' };
    const shown = await stage.client.call('previewBulk', { body: { verb: 'cancel', where } });
    expect(shown).toMatchObject({ verb: 'cancel', count: 2, more: false });
    expect(shown.first.map(({ runId }) => runId)).toEqual([paused, core]);
    const tooLate = newRun();
    await stage.tell('trimtab.run.started.v1', started(tooLate, { labels: { team: 'core' } }));
    await stage.projected(tooLate, 1);
    const params = { token: shown.token };
    const why = { actor: 'kim', reason: 'wrong account' };
    const [first] = await Promise.all(
      [1, 2, 3].map(() => stage.client.call('applyBulk', { params, body: why })),
    );
    expect(first).toMatchObject({ count: 2, actor: 'kim', reason: 'wrong account' });
    const progress = () => stage.client.call('showBulk', { params });
    await eventually(async () => (await progress()).state === 'done');
    expect(await progress()).toMatchObject({ done: 2, failed: 1 });
    const { results } = await progress();
    expect(results.find(({ runId }) => runId === core)).toMatchObject({ ok: true, status: 'CANCELLED' });
    expect(results.find(({ runId }) => runId === paused)).toMatchObject({
      ok: false,
      error: { code: 'workflow.run-ended' },
    });
    expect((await stage.client.call('applyBulk', { params, body: why })).state).toBe('done');
    expect(asked).toEqual([expect.objectContaining({ runId: core, ...why, idempotencyKey: shown.token })]);
    await people.stop();
  });

  it('that a gateway was changing when it ended are changed by the next', async () => {
    const { token, count } = await stage.client.call('previewBulk', {
      body: { verb: 'retry', where: { status: 'FAILED' } },
    });
    expect(count).toBe(1);
    await stage.rows(`UPDATE bulk_operations SET state = 'running', actor = 'kim' WHERE token = $1`, [token]);
    const people = stage.bus.respond(subjects.people('restart-run'), 'spec', ({ data }) => {
      const { runId } = data as { runId: string };
      return { runId: `${runId}-again`, status: 'RUNNING', restartOf: runId };
    });
    await people.ready;
    await stage.restart();
    const progress = () => stage.client.call('showBulk', { params: { token } });
    await eventually(async () => (await progress()).state === 'done');
    expect((await progress()).results).toMatchObject([{ runId: failed, ok: true, as: `${failed}-again` }]);
    await people.stop();
  });

  it('are changed to the end, under the same key, though the database took no results for a while', async () => {
    const keys: string[] = [];
    const people = stage.bus.respond(subjects.people('cancel-run'), 'spec', ({ data }) => {
      const { runId, idempotencyKey } = data as { runId: string; idempotencyKey: string };
      keys.push(idempotencyKey);
      return { runId, status: 'CANCELLED' };
    });
    await people.ready;
    await stage.rows('ALTER TABLE bulk_results ADD CONSTRAINT away CHECK (false) NOT VALID');
    const body = { verb: 'cancel', where: { workflow: 'nightly' } } as const;
    const { token } = await stage.client.call('previewBulk', { body });
    const params = { token };
    await stage.client.call('applyBulk', { params, body: { actor: 'kim' } });
    await eventually(() => keys.length > 1);
    expect(await stage.client.call('showBulk', { params })).toMatchObject({ state: 'running', done: 0 });
    await stage.rows('ALTER TABLE bulk_results DROP CONSTRAINT away');
    const progress = () => stage.client.call('showBulk', { params });
    await eventually(async () => (await progress()).state === 'done');
    expect((await progress()).results).toMatchObject([{ runId: paused, ok: true, status: 'CANCELLED' }]);
    expect(new Set(keys)).toEqual(new Set([token]));
    await people.stop();
  });

  it('are not changed by a token that nobody was shown, or an old one', async () => {
    const apply = (token: string) => stage.client.call('applyBulk', { params: { token }, body: {} });
    await expect(apply('guess')).rejects.toMatchObject({ code: 'bulk.not-found' });
    const { token } = await stage.client.call('previewBulk', { body: { verb: 'pause', where: {} } });
    await stage.rows(`UPDATE bulk_operations SET at = at - interval '61 minutes' WHERE token = $1`, [token]);
    await expect(apply(token)).rejects.toMatchObject({ code: 'bulk.expired' });
  });
});

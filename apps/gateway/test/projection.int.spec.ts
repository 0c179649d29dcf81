import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@trimtab/messaging/testing';
import { action, anomaly, AT, budget, completed, recommendation, started, task, taskDone } from './given.js';
import { newRun, Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());

const show = (runId: string) => stage.client.call('showRun', { params: { runId } });

describe('public events', () => {
  it('are projected once, however often they come', async () => {
    const runId = newRun();
    const first = await stage.tell('trimtab.run.started.v1', started(runId));
    await stage.tell('trimtab.run.paused.v1', { ...started(runId), actor: 'kim' });
    await stage.tell('trimtab.run.started.v1', first.data, first, 2);
    await stage.tell('trimtab.run.started.v1', first.data, first, 3);
    const last = newRun();
    await stage.tell('trimtab.run.started.v1', started(last));
    await stage.projected(last, 1);
    expect(await show(runId)).toMatchObject({
      status: 'PAUSED',
      workflow: 'optimize',
      labels: { mode: 'dry-run' },
    });
    const { items } = await stage.client.call('runEvents', { params: { runId } });
    expect(items.map((event) => event.type)).toEqual(['trimtab.run.started.v1', 'trimtab.run.paused.v1']);
  });

  it('that come late or in the wrong order do not take a task or a run back', async () => {
    const runId = newRun();
    await stage.tell('trimtab.run.completed.v1', completed(runId, { report: 'r' }));
    await stage.tell('trimtab.run.resumed.v1', { ...started(runId), actor: 'kim' });
    await stage.tell('trimtab.run.started.v1', started(runId, { actor: 'kim' }));
    await stage.tell('trimtab.task.queued.v1', task(runId, 'a', { attempt: 2 }));
    await stage.tell('trimtab.task.completed.v1', taskDone(runId, 'a', 2));
    await stage.tell('trimtab.task.queued.v1', task(runId, 'a', { attempt: 2 }));
    await stage.tell('trimtab.task.failed.v1', {
      ...task(runId, 'a'),
      error: { code: 'x.y', message: 'no', retry: 'later' },
      willRetryAt: AT,
    });
    await stage.tell('trimtab.task.queued.v1', task(runId, 'b'));
    await stage.tell('trimtab.task.cancelled.v1', { ...task(runId, 'b'), at: AT });
    await stage.tell('trimtab.task.completed.v1', taskDone(runId, 'b'));
    await stage.projected(runId, 10);
    const run = await show(runId);
    expect(run).toMatchObject({ status: 'COMPLETED', actor: 'kim', durationMs: 90_000 });
    expect(run.tasks).toEqual({ COMPLETED: 1, CANCELLED: 1 });
    expect(run.taskList).toMatchObject([
      { taskId: 'a', state: 'COMPLETED', attempt: 2, error: null },
      { taskId: 'b', state: 'CANCELLED', attempt: 1 },
    ]);
  });

  it('of an unknown type are kept in the history; broken ones become dead letters and hold nobody up', async () => {
    const runId = newRun();
    await stage.tell('trimtab.run.started.v1', { runId, workflow: 7 });
    const unthinkable = recommendation('huge', '9'.repeat(140_000));
    await stage.tell('trimtab.recommendation.raised.v1', { runId, recommendation: unthinkable });
    await stage.tell('trimtab.weather.changed.v9', { runId, rain: true });
    await stage.bus.publishRaw('trimtab.evt.run.started.v1', new TextEncoder().encode('{"no'));
    await stage.tell('trimtab.run.started.v1', started(runId));
    await stage.projected(runId, 2);
    expect((await show(runId)).status).toBe('RUNNING');
    const letters = async () => (await stage.client.call('listDeadLetters', { query: {} })).items;
    await eventually(async () => (await letters()).length === 3);
    const found = (await letters()).map(({ reason, error }) => `${reason} ${error}`).sort();
    expect(found).toEqual([
      expect.stringMatching(/^invalid-event event.invalid: The event cannot be stored/),
      expect.stringMatching(/^invalid-event event.invalid: trimtab.run.started.v1 breaks.*version/),
      expect.stringMatching(/^invalid-json/),
    ]);
  });

  it('of one decision are shown whole, whichever comes first', async () => {
    const runId = newRun();
    const approval = { runId, taskId: 'approval', digest: 'sha256:1' };
    const request = {
      ...approval,
      title: 'Two actions',
      details: { actions: 2 },
      expiresAt: null,
      requestedAt: AT,
    };
    const grant = { ...approval, by: 'dry-run', policy: 'dry-run', at: '2026-11-21T10:00:05.000Z' };
    await stage.tell('trimtab.approval.granted.v1', grant);
    await stage.tell('trimtab.approval.requested.v1', request);
    const other = newRun();
    await stage.tell('trimtab.approval.requested.v1', { ...request, runId: other });
    await stage.projected(runId, 2);
    await stage.projected(other, 1);
    const { items } = await stage.client.call('listApprovals', { query: { limit: 2 } });
    expect(items).toMatchObject([
      { runId: other, status: 'requested', title: 'Two actions', decidedBy: null },
      { runId, status: 'granted', title: 'Two actions', policy: 'dry-run', requestedAt: AT },
    ]);
  });

  it('about findings can be asked for by filter, largest first, limited', async () => {
    const runId = newRun();
    await stage.tell('trimtab.run.started.v1', started(runId));
    const raise = (id: string, net: string, more = {}) =>
      stage.tell('trimtab.recommendation.raised.v1', {
        runId,
        recommendation: recommendation(id, net, more),
      });
    await raise('small', '9.50');
    await raise('large', '100');
    await raise('other', '20', { checkId: 'EC2-01' });
    await stage.tell('trimtab.recommendation.resolved.v1', {
      runId,
      recommendationId: 'other',
      checkId: 'EC2-01',
      resourceArn: 'arn:other',
      reason: 'gone',
    });
    await stage.projected(runId, 5);
    const ids = async (query: object) =>
      (await stage.client.call('listRecommendations', { query: { runId, ...query } })).items.map(
        (one) => one.id,
      );
    expect(await ids({})).toEqual(['large', 'other', 'small']);
    expect(await ids({ limit: 1 })).toEqual(['large']);
    expect(await ids({ checkId: 'EC2-01' })).toEqual(['other']);
    expect(await ids({ status: 'open', region: 'eu-west-1' })).toEqual(['large', 'small']);
    expect(await ids({ accountId: 'nobody' })).toEqual([]);
    expect(await ids({ runId: undefined })).toEqual(['large', 'other', 'small']);
  });

  it('leave the newest word about an action, a budget and what is spent', async () => {
    const runId = newRun();
    await stage.tell('trimtab.run.started.v1', started(runId));
    await stage.tell('trimtab.action.executed.v1', { runId, result: action('a') }, { time: AT });
    const later = { time: '2026-11-21T11:00:00.000Z' };
    await stage.tell('trimtab.action.rolled-back.v1', { runId, result: action('a', 'rolled-back') }, later);
    await stage.tell('trimtab.action.executed.v1', { runId, result: action('a') }, { time: AT });
    await stage.tell('trimtab.budget.evaluated.v1', { runId, budget: budget('company') });
    const fact = { accountId: '1', service: 's', billedCost: '1', currency: 'USD' };
    const imported = (page: number, pages: number, effectiveCost: string) => ({
      source: 'cost-explorer',
      firstDay: '2026-09-01',
      lastDay: '2026-11-20',
      rows: 3,
      totals: [{ currency: 'USD', billedCost: '1', effectiveCost: '1' }],
      page,
      pages,
      facts: [
        { ...fact, day: '2026-11-20', effectiveCost },
        { ...fact, day: '2026-09-01', effectiveCost: '1000' },
      ],
    });
    await stage.tell('trimtab.cost.imported.v1', imported(2, 2, '50'), { time: AT });
    await stage.tell('trimtab.cost.imported.v1', imported(1, 2, '50'), { time: AT });
    await stage.tell('trimtab.cost.imported.v1', imported(1, 1, '0.1000000000000000001'), {
      time: '2026-11-21T12:00:00.000Z',
    });
    await stage.projected(runId, 5);
    await eventually(
      async () => (await stage.rows('SELECT 1 FROM events WHERE type LIKE $1', ['%cost%'])).length === 3,
    );
    const actions = await stage.client.call('listActions', { query: { runId } });
    expect(actions.items).toMatchObject([{ actionId: 'a', status: 'rolled-back' }]);
    const budgets = await stage.client.call('showBudgets', { query: {} });
    expect(budgets.items).toMatchObject([{ runId, id: 'company', status: 'forecast-exceeded' }]);
    expect(await stage.client.call('showSpend', {})).toMatchObject({
      lastDay: '2026-11-20',
      last30Days: [{ amount: '0.1000000000000000001', currency: 'USD' }],
    });
  });
});

describe('a run that finds what an earlier one found', () => {
  it('lists it all the same, from its outputs', async () => {
    const [before, after] = [newRun(), newRun()];
    await stage.tell('trimtab.run.started.v1', started(before));
    await stage.tell('trimtab.anomaly.opened.v1', { runId: before, anomaly: anomaly('known', '300') });
    await stage.tell('trimtab.run.started.v1', started(after, { startedAt: '2026-11-22T10:00:00.000Z' }));
    await stage.tell('trimtab.anomaly.closed.v1', {
      runId: after,
      anomaly: anomaly('over', '20', { status: 'closed' }),
    });
    const outputs = { report: {}, anomalies: [anomaly('known', '300')], budgets: [budget('company')] };
    await stage.tell('trimtab.run.completed.v1', completed(after, outputs));
    await stage.projected(after, 3);
    const list = async (query: object) =>
      (await stage.client.call('listAnomalies', { query })).items.map(({ id, runId }) => [id, runId]);
    expect(await list({})).toEqual([
      ['known', after],
      ['over', after],
    ]);
    expect(await list({ status: 'open' })).toEqual([['known', after]]);
    expect(await list({ runId: before })).toEqual([['known', before]]);
  });
});

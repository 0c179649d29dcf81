import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subjects } from '@trimtab/contracts';
import { eventually } from '@trimtab/messaging/testing';
import { emptyTally, observe } from '@trimtab/workflow';
import { AT, completed, recommendation, started, task, taskDone } from './given.js';
import { newRun, Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

/** Yesterday at ten: a fixed day would grow old, and the statistics of its hours would be forgotten. */
const TEN = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 14 * 3_600_000;
const instant = (seconds: number): string => new Date(TEN + seconds * 1_000).toISOString();
const error = { code: 'cloud.throttled', message: 'slow down', retry: 'later' };

/** A run as it is told: one task tried twice, one that fails, two findings. */
async function aRun(runId: string, daysLater = 0): Promise<void> {
  const at = (seconds: number): string => instant(daysLater * 86_400 + seconds);
  const worked = { worker: 'discovery-1', startedAt: at(2), endedAt: at(4) };
  const { at: _at, ...failed } = task(runId, 'inventory');
  const tell = (type: string, data: unknown, seconds: number): Promise<unknown> =>
    stage.tell(type, data, { time: at(seconds) });
  await tell('trimtab.run.started.v1', started(runId), 0);
  await tell('trimtab.task.queued.v1', task(runId, 'inventory', { at: at(1) }), 1);
  await tell('trimtab.task.failed.v1', { ...failed, error, willRetryAt: at(5), at: at(4), ...worked }, 4);
  await tell('trimtab.task.queued.v1', task(runId, 'inventory', { attempt: 2, at: at(5) }), 5);
  const done = { ...taskDone(runId, 'inventory', 2), startedAt: at(6), endedAt: at(16) };
  await tell('trimtab.task.completed.v1', done, 16);
  await tell(
    'trimtab.recommendation.raised.v1',
    { runId, recommendation: recommendation(`r-${runId}`, '5') },
    17,
  );
  const outputs = { monthlySavings: { amount: '5.25', currency: 'USD' }, anomalies: [{}] };
  const ended = { ...completed(runId, outputs), startedAt: at(0), endedAt: at(90) };
  await tell('trimtab.run.completed.v1', ended, 90);
}

const show = (by: string, window = 'all') =>
  stage.client.call('showAnalytics', { query: { by: by as 'task', window: window as 'all' } });
const only = async (by: string) => (await show(by)).items[0];
const counted = async (runs: number): Promise<void> =>
  eventually(async () => (await only('workflow'))?.count === runs);
const rebuilt = async (): Promise<void> => {
  const progress = () => stage.client.call('analyticsRebuild', {});
  await eventually(async () => (await progress()).state !== 'running', 120_000);
  expect(await progress()).toMatchObject({ state: 'done', error: null });
};
const buckets = () =>
  stage.rows(
    `SELECT unit, by, start, key, tally FROM analytics_buckets b JOIN analytics_views v ON v.id = b.view AND v.state = 'live'
     ORDER BY unit, by, start, key`,
  );

describe('O19 analytics: the statistics', () => {
  it('tell success, failures, retries and times by workflow, task, service and node', async () => {
    const runId = newRun();
    await aRun(runId);
    await counted(1);
    const attempts = {
      count: 2,
      succeeded: 1,
      failed: 0,
      successRate: 1,
      retries: 1,
      failures: { 'cloud.throttled': 1 },
      queue: { count: 2, max: 1_000 },
      run: { count: 2, max: 10_000, mean: 6_000 },
      total: { count: 2, max: 11_000 },
    };
    expect(await only('task')).toMatchObject({ key: 'discovery.inventory', ...attempts });
    expect(await only('service')).toMatchObject({ key: 'discovery', ...attempts });
    expect(await only('node')).toMatchObject({ key: 'discovery-1', ...attempts });
    expect(await only('workflow')).toMatchObject({
      key: 'optimize',
      count: 1,
      retries: 1,
      queue: { count: 2 },
      total: { count: 1, max: 90_000 },
      findings: 2,
      savings: [{ amount: '5.25', currency: 'USD' }],
    });
    const { p50 } = (await only('task'))?.run ?? { p50: 0 };
    expect(Math.abs(p50 - 2_000)).toBeLessThanOrEqual(20);
    const { items } = await stage.client.call('listOutcomes', { query: { workflow: 'optimize' } });
    expect(items).toMatchObject([{ runId, findings: 2, savings: [{ amount: '5.25' }], durationMs: 90_000 }]);
    expect(await show('task', '1h')).toMatchObject({ source: 'projection', window: '1h' });
  });

  it('rebuilt from the events equal the live ones, also when events of archived runs are gone', async () => {
    const archived = newRun();
    await aRun(archived);
    await aRun(newRun(), 2);
    await counted(3);
    const ref = { ref: 'artifact:x', digest: 'x', bytes: 1, count: 1, mediaType: 'application/zstd' };
    const before = instant(3_600);
    const about = { archive: ref, before, actor: 'kim', reason: null };
    await stage.tell('trimtab.run.archived.v1', { runIds: [archived], ...about });
    const kept = async () => stage.rows(`SELECT 1 FROM analytics_views WHERE kept_before > $1`, [before]);
    await eventually(async () => (await kept()).length === 1);
    const live = await buckets();
    expect(new Set(live.map(({ start }) => String(start))).size).toBe(4);
    const old = await stage.rows<{ id: number }>(`SELECT id FROM analytics_views WHERE state = 'live'`);
    expect((await stage.client.call('rebuildAnalytics', { body: {} })).state).toBe('running');
    await rebuilt();
    expect(await stage.rows(`SELECT id FROM analytics_views WHERE state = 'live'`)).not.toEqual(old);
    expect(await buckets()).toEqual(live);
    await aRun(newRun());
    await counted(4);
  });

  it('are rebuilt while others count', async () => {
    const counting = stage.rows(`DO $$ BEGIN
      LOCK TABLE analytics_runs IN ROW EXCLUSIVE MODE; PERFORM pg_sleep(1);
      UPDATE analytics_views SET at = now() WHERE state = 'live'; END $$`);
    await stage.client.call('rebuildAnalytics', { body: {} });
    await Promise.all([counting, rebuilt()]);
  });

  it('come from basic monitoring, and say so, while the projection is away; operators are told', async () => {
    process.env['TRIMTAB_ANALYTICS_LAG_MS'] = '2500';
    await stage.restart();
    const told: { over: boolean; kind: string }[] = [];
    const people = stage.bus.respond(subjects.people('report-incident'), 'spec', ({ data }) => {
      told.push(data as { over: boolean; kind: string });
      return data;
    });
    await people.ready;
    const since = '2026-11-21T09:00:00.000Z';
    const basic = stage.bus.nc.subscribe(subjects.ask('orchestrator', 'analytics'), {
      callback: (_error, message) => {
        const tally = emptyTally();
        const attempt = { at: AT, workflow: 'w', uses: 'a.b', outcome: 'completed', runMs: 7 } as const;
        observe(tally, 'task', { kind: 'attempt', ...attempt });
        message.respond(JSON.stringify({ since, rows: [{ key: 'a.b', tally }] }));
      },
    });
    await stage.bus.nc.flush();
    await stage.rows('ALTER TABLE analytics_views RENAME TO broken');
    const shown: Awaited<ReturnType<typeof show>>[] = [];
    // Whoever does not answer in time is left out.
    await eventually(async () => {
      shown.push(await show('task'));
      return shown.at(-1)?.source === 'basic' && shown.at(-1)?.from !== null;
    });
    expect(shown.at(-1)).toMatchObject({
      from: since,
      items: [{ key: 'a.b', count: 1, run: { max: 7 } }],
    });
    await eventually(() => told.at(-1)?.over === false);
    expect(told.at(-1)).toMatchObject({ kind: 'analytics.unavailable', over: false });
    await stage.rows('ALTER TABLE broken RENAME TO analytics_views');
    await eventually(() => told.at(-1)?.over === true);
    await eventually(async () => (await show('task')).source === 'projection');
    basic.unsubscribe();
    await people.stop();
    delete process.env['TRIMTAB_ANALYTICS_LAG_MS'];
    await stage.restart();
  });

  it('come back by a rebuild when somebody dropped their tables', async () => {
    const before = await only('workflow');
    await stage.rows('DROP TABLE analytics_views, analytics_buckets, analytics_runs');
    await stage.client.call('rebuildAnalytics', { body: {} });
    await rebuilt();
    await eventually(async () => (await show('workflow')).source === 'projection');
    // The events of the archived run are gone with it.
    expect((await only('workflow'))?.count).toBe((before?.count ?? 0) - 1);
  });

  it('are forgotten when they are old', async () => {
    const runId = randomUUID();
    const old = '2020-01-01T00:00:00.000Z';
    await stage.tell('trimtab.run.completed.v1', {
      ...completed(runId),
      startedAt: old,
      endedAt: old,
      workflow: 'ancient',
    });
    const rows = () => stage.rows(`SELECT 1 FROM analytics_buckets WHERE key = 'ancient'`);
    // Seen before it is forgotten or not: the first look for old ones may come right behind the count.
    const counted = (): Promise<unknown[]> =>
      stage.rows(
        `SELECT 1 FROM events e JOIN analytics_views v ON v.state = 'live' AND v.position >= e.position WHERE e.run_id = $1`,
        [runId],
      );
    await eventually(async () => (await counted()).length > 0);
    await stage.restart();
    await eventually(async () => (await rows()).length === 0);
  });
});

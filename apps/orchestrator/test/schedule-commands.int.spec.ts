import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@trimtab/testing';
import { DISTANT, HOUR_MS, hourly, patience, ScheduleBench } from './schedule-bench.js';

describe('O23 schedules, as people command them,', () => {
  let at: ScheduleBench;
  beforeAll(async () => {
    at = await ScheduleBench.open();
  });
  afterAll(() => at.dispose());

  it('are triggered once per key, whoever is asked, and say why they are not', async () => {
    await at.create('manual', { workflow: 'patient' }, { paused: true });
    const asked = { id: 'manual', reason: 'before the audit', idempotencyKey: randomUUID() };
    const ticks = await Promise.all([1, 2, 3].map(() => at.bench.ask('trigger-schedule', asked)));
    const [tick] = ticks;
    expect(new Set(ticks.map(({ runId }) => runId)).size).toBe(1);
    await at.until('manual', 'started', 1);
    expect(await at.bench.ask('trigger-schedule', asked)).toMatchObject({
      outcome: 'started',
      kind: 'trigger',
    });
    expect(await at.runs('manual')).toEqual([tick?.runId]);
    await expect(at.bench.ask('trigger-schedule', { id: 'manual' })).rejects.toMatchObject({
      code: 'schedule.conflict',
    });
    const queued = await at.bench.ask('trigger-schedule', { id: 'manual', overlap: 'queue' });
    expect(queued.outcome).toBe('queued');
    await at.bench.ask('signal-run', { runId: tick?.runId, name: 'go' });
    await at.bench.until(queued.runId, 'RUNNING');
    const requests = await eventually(
      () => at.told('requested', 'manual').length === 2 && at.told('requested', 'manual'),
      patience,
    );
    const request = { request: 'trigger', actor: 'anna', reason: 'before the audit' };
    expect(requests.map(({ data }) => data)).toContainEqual(expect.objectContaining(request));
  });

  it('fill a past interval once, one run after the other', async () => {
    await at.create('history', { times: { kind: 'interval', every: '1h' } }, { paused: true });
    const interval = { id: 'history', from: '2026-03-28T00:30:00Z', until: '2026-03-28T05:00:00Z' };
    const preview = await at.bench.ask('backfill-schedule', { ...interval, preview: true });
    expect(preview).toMatchObject({ preview: true, alreadyRun: 0 });
    expect(preview.times.map((time) => time.slice(11, 16))).toEqual(['01:00', '02:00', '03:00', '04:00']);
    expect(await at.ticks('history')).toEqual([]);
    expect((await at.bench.ask('backfill-schedule', interval)).times).toEqual(preview.times);
    const started = await at.until('history', 'started', 4);
    expect(started.map(({ kind }) => kind)).toEqual(Array(4).fill('backfill'));
    const wider = { ...interval, until: '2026-03-28T06:00:00Z', overlap: 'allow' };
    expect(await at.bench.ask('backfill-schedule', wider)).toMatchObject({
      alreadyRun: 4,
      times: ['2026-03-28T05:00:00.000Z'],
    });
    await at.until('history', 'started', 5);
    expect(await at.runs('history')).toHaveLength(5);
    const bad = { id: 'history', from: '2036-01-02T00:00:00Z', until: '2036-01-01T00:00:00Z' };
    await expect(at.bench.ask('backfill-schedule', bad)).rejects.toThrow(
      /from: must be before until; until: must not be after now/,
    );
    await expect(at.bench.ask('backfill-schedule', { ...interval, limit: 2 })).rejects.toThrow(
      /more than 2 times/,
    );
  });

  it('are made, changed, paused, resumed and deleted once per key, with actor and reason told', async () => {
    const made = {
      id: 'mine',
      settings: { ...hourly, timeZone: 'Europe/Berlin' },
      reason: 'new',
      idempotencyKey: 'make',
    };
    const schedule = await at.bench.ask('create-schedule', made);
    expect(await at.bench.ask('create-schedule', made)).toEqual(schedule);
    await expect(at.bench.ask('create-schedule', { ...made, idempotencyKey: 'other' })).rejects.toMatchObject(
      {
        code: 'schedule.exists',
      },
    );
    const changes = { times: { kind: 'daily', at: DISTANT } };
    expect(await at.bench.ask('update-schedule', { id: 'mine', changes })).toMatchObject({
      ...changes,
      overlap: 'skip',
    });
    await expect(
      at.bench.ask('update-schedule', { id: 'mine', changes: { workflow: 'optimize' } }),
    ).rejects.toMatchObject({ code: 'people.invalid' });
    await expect(
      at.bench.ask('update-schedule', { id: 'mine', changes: { workflow: 'nothing' } }),
    ).rejects.toMatchObject({ code: 'workflow.unknown' });
    expect(await at.bench.ask('pause-schedule', { id: 'mine', reason: 'freeze' })).toMatchObject({
      status: 'paused',
      nextTime: null,
      reason: 'freeze',
    });
    await at.away('mine', 72 * HOUR_MS);
    const resumed = await at.bench.ask('resume-schedule', { id: 'mine' });
    expect(Date.parse(resumed.nextTime ?? '')).toBeGreaterThan(Date.now());
    expect((await at.show('mine')).nextTimes[0]).toBe(resumed.nextTime);
    await at.bench.ask('delete-schedule', { id: 'mine', reason: 'done' });
    await expect(at.show('mine')).rejects.toMatchObject({ code: 'schedule.unknown' });
    // In the order in which it was said: what the broker did not take at once comes later.
    const audit = await eventually(() => {
      const found = at.bench.events.filter(({ subject }) => subject === 'schedule/mine');
      return found.length >= 5 && found.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
    }, patience);
    expect(audit.map(({ type }) => type.split('.')[2])).toEqual([
      'created',
      'changed',
      'changed',
      'changed',
      'deleted',
    ]);
    expect(audit.at(-1)?.data).toMatchObject({ actor: 'anna', reason: 'done' });
  });

  it('whose workflow is gone record the failure and one incident, and go on when it is back', async () => {
    await at.create('broken', { overlap: 'allow' });
    const workflow = (name: string) =>
      at.pool.query(
        `UPDATE orchestrator.schedules SET settings = jsonb_set(settings::jsonb, '{workflow}', to_jsonb($1::text))::text WHERE id = 'broken'`,
        [name],
      );
    await workflow('deleted');
    await at.away('broken', 2 * HOUR_MS);
    const [failed] = await at.until('broken', 'failed', 1);
    expect(failed?.error).toMatchObject({ code: 'workflow.unknown' });
    const incidents = async () =>
      (await at.bench.ask('list-incidents', {})).items.filter(({ details }) => details.schedule === 'broken');
    expect(
      await eventually(async () => (await incidents()).length > 0 && incidents(), patience),
    ).toMatchObject([{ kind: 'schedule.failed', status: 'open' }]);
    await workflow('quick');
    await at.bench.ask('trigger-schedule', { id: 'broken' });
    await eventually(async () => (await incidents())[0]?.status === 'resolved', patience);
    expect(await at.ticks('broken', 'failed')).toHaveLength(1);
  });

  it('never grow for ever: old ticks are forgotten, those that are not done stay', async () => {
    await at.create('old', {}, { paused: true });
    await at.pool.query(
      `INSERT INTO orchestrator.schedule_ticks (run_id, schedule, nominal, kind, outcome, by, decided_at)
       SELECT 'old-' || i, 'old', now() - i * interval '1 day', 'scheduled', CASE WHEN i = 1000 THEN 'queued' ELSE 'skipped' END, '{}', now() - i * interval '1 day'
       FROM generate_series(1, 1000) i`,
    );
    await (at.first as unknown as { prune(): Promise<void> }).prune();
    const { rows } = await at.pool.query(
      `SELECT count(*)::int AS n, bool_or(outcome = 'queued') AS waiting FROM orchestrator.schedule_ticks WHERE schedule = 'old'`,
    );
    expect(rows[0]).toEqual({ n: 201, waiting: true });
    await at.bench.ask('delete-schedule', { id: 'old' });
  });
});

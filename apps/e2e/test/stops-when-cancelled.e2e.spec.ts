import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../src/index.js';
import { findingsOf, startSystem } from '../src/index.js';

/** How long each call to the cloud takes; a scan makes many, one after the other. */
const SLOW_MS = 2_000;

describe('a run that is cancelled', () => {
  let system: System;
  let runId: string;

  beforeAll(async () => {
    system = await startSystem();
    await system.cloud.fail({ kind: 'slow', service: 'ec2', delayMs: SLOW_MS });
    runId = await system.runs.start();
    await system.runs.until(runId, (run) => (run.tasks['COMPLETED'] ?? 0) >= 1 && run.status === 'RUNNING');
  });
  afterAll(() => system?.dispose());

  const cancel = () =>
    system.client.call('cancelRun', { params: { runId }, body: { actor: 'ada', reason: 'wrong account' } });

  it('ends as CANCELLED at once, with its open tasks', async () => {
    const startedAt = performance.now();
    expect(await cancel()).toMatchObject({ runId });
    const run = await system.runs.finished(runId);
    expect(run.status).toBe('CANCELLED');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const open = run.taskList.filter(({ state }) => !/COMPLETED|SKIPPED|CANCELLED|FAILED/.test(state));
    expect(open).toEqual([]);
    expect(run.tasks['CANCELLED']).toBeGreaterThan(0);
  });

  it('stays cancelled when late results arrive, and nothing new is started or changed', async () => {
    const before = await system.runs.finished(runId);
    await system.cloud.heal();
    await sleep(3_000);
    const after = await system.runs.finished(runId);
    expect(after.status).toBe('CANCELLED');
    expect(after.tasks).toEqual(before.tasks);
    expect((await findingsOf(system, after)).actions).toEqual([]);
    expect(await system.cloud.changes()).toEqual([]);
  });

  it('says who cancelled it and why', async () => {
    const { items } = await system.client.call('runEvents', { params: { runId } });
    const cancelled = items.find(({ type }) => type === 'trimtab.run.cancelled.v1');
    expect(cancelled?.data).toMatchObject({
      actor: 'ada',
      reason: expect.stringContaining('wrong account'),
    });
  });

  it('cannot be cancelled or resumed again', async () => {
    await expect(cancel()).rejects.toMatchObject({ code: 'workflow.run-ended', retry: 'never' });
    const resume = system.client.call('resumeRun', { params: { runId }, body: {} });
    await expect(resume).rejects.toMatchObject({ code: 'workflow.run-ended', retry: 'never' });
    expect((await system.runs.finished(runId)).status).toBe('CANCELLED');
  });

  it('leaves room for the next run', async () => {
    expect((await system.optimize({ scanOnly: true })).run.status).toBe('COMPLETED');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@trimtab/testing';
import type { Findings, FinishedRun, System } from '../src/index.js';
import { findingsOf, startSystem } from '../src/index.js';

describe('a live run', () => {
  let system: System;
  let runId: string;
  let waiting: FinishedRun;
  let approval: Findings['approvals'][number];
  let done: Findings;

  beforeAll(async () => {
    system = await startSystem();
    runId = await system.runs.start({ execution: { mode: 'live', maxRisk: 'H' } });
    const asked = (run: FinishedRun) =>
      run.taskList.some(({ uses, state }) => uses === 'approval' && state === 'WAITING');
    waiting = await system.runs.until(runId, asked);
    approval = await eventually(
      async () => (await system.client.call('listApprovals', { query: { runId } })).items[0],
      { timeoutMs: 60_000 },
    );
  });
  afterAll(() => system?.dispose());

  const decide = (decision: 'grant' | 'reject', digest: string, actor = 'ada') =>
    system.client.call('decideApproval', {
      params: { runId, taskId: approval.taskId },
      body: { decision, digest, actor, reason: 'reviewed' },
    });

  it('waits for a person and shows what would be done', async () => {
    expect(waiting.status).toBe('RUNNING');
    expect(approval).toMatchObject({ status: 'requested', digest: expect.stringMatching(/^sha256:/) });
    expect(approval.title).toMatch(/\d+ actions in a live/);
  });

  it('executes nothing without approval', async () => {
    await sleep(2_000);
    expect(await system.cloud.changes()).toEqual([]);
    expect((await system.client.call('listActions', { query: { runId } })).items).toEqual([]);
  });

  it('refuses a grant for another digest than the one that was shown', async () => {
    await expect(decide('grant', `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'workflow.approval-digest',
      retry: 'never',
    });
    expect(await system.cloud.changes()).toEqual([]);
  });

  it('executes and verifies every action of the plan once it is granted', async () => {
    expect(await decide('grant', approval.digest)).toMatchObject({ decidedBy: 'ada' });
    // One decision wins; whoever comes second is told who was first.
    await expect(decide('reject', approval.digest, 'bob')).rejects.toMatchObject({
      code: 'workflow.approval-decided',
      message: expect.stringContaining('granted by ada'),
    });
    const run = await system.runs.finished(runId);
    expect({ status: run.status, error: run.error }).toEqual({ status: 'COMPLETED', error: null });
    done = await findingsOf(system, run);
    expect(done.actions.length).toBeGreaterThan(10);
    expect(
      done.actions
        .filter(({ status }) => status !== 'verified')
        .map(({ actionId, error }) => [actionId, error]),
    ).toEqual([]);
    expect(done.approvals).toMatchObject([{ status: 'granted', decidedBy: 'ada', policy: null }]);
  });

  it('changed the account by the act role and only what the plan names', async () => {
    const changes = await system.cloud.changes();
    expect(changes.length).toBeGreaterThanOrEqual(done.actions.length);
    expect(changes.filter(({ principal }) => !principal.includes('TrimtabAct'))).toEqual([]);
    const volume = done.actions.find(({ kind }) => kind === 'ebs.modify-volume');
    expect(await system.cloud.resource('volumes', idOf(volume))).toMatchObject({ volumeType: 'gp3' });
    const address = done.actions.find(({ kind }) => kind === 'ec2.release-address');
    expect(await system.cloud.resource('addresses', idOf(address))).toBeNull();
    const stopped = done.actions.find(({ kind }) => kind === 'ec2.stop-instance');
    expect(await system.cloud.resource('instances', idOf(stopped))).toMatchObject({ state: 'stopped' });
  });

  it('takes one action back by its recorded rollback, once', async () => {
    const stopped = done.actions.find(({ kind }) => kind === 'ec2.stop-instance');
    expect(stopped?.rollback).toMatchObject({ possible: true });
    const { cloud } = system.cloud.settings();
    const body = { cloud, actionIds: [stopped?.actionId ?? ''], actor: 'ada', idempotencyKey: randomUUID() };
    const started = await system.client.call('rollbackActions', { body });
    expect((await system.client.call('rollbackActions', { body })).runId).toBe(started.runId);
    const run = await system.runs.finished(started.runId);
    expect({ status: run.status, error: run.error }).toEqual({ status: 'COMPLETED', error: null });
    expect(await system.cloud.resource('instances', idOf(stopped))).toMatchObject({ state: 'running' });
    const starts = (await system.cloud.changes()).filter(({ operation }) => operation === 'StartInstances');
    expect(starts.flatMap(({ resources }) => resources.map(({ name }) => name))).toContain(idOf(stopped));
  });

  it('finds no waste again where it acted', async () => {
    const { run, findings } = await system.optimize();
    expect(run.status).toBe('COMPLETED');
    const volumes = done.actions.filter(({ kind }) => kind === 'ebs.modify-volume').map(idOf);
    const again = findings.recommendations.filter(
      ({ checkId, resource }) => checkId === 'EBS-02' && volumes.includes(resource.id),
    );
    expect(again).toEqual([]);
  });

  const idOf = (action: { resourceArn: string } | undefined): string =>
    action?.resourceArn.split(/[/:]/).at(-1) ?? '';
});

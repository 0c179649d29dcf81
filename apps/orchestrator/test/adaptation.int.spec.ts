import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventContracts, OrchestrationSettings } from '@trimtab/contracts';
import type { EventData, EventType } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import { Bench, flow } from './bench.js';
import { flaw, WorkerPool } from './worker-pools.js';

const slow = { uses: 'slow.work' };
const afterGo = { ...slow, needs: ['go'] };
const workflows = [
  flow('one', { tasks: { a: slow } }),
  flow('flawed', { tasks: { a: { uses: 'flaw.work', retry: { maxAttempts: 1 } } } }),
  flow('long', {
    tasks: {
      go: { uses: 'signal', with: { name: 'go' } },
      wide: { ...afterGo, forEach: 'input.list', concurrency: 4 },
      extra: { ...afterGo, optional: true },
      usual: { ...afterGo, when: 'run.branch != "degraded"' },
      instead: { ...afterGo, when: 'run.branch == "degraded"' },
      check: { ...afterGo, optional: true },
      ok: { uses: 'approval', needs: ['check'], approval: { grantedBy: [{ policy: 'auto', when: 'true' }] } },
      act: { ...slow, needs: ['ok'], when: 'run.branch != "degraded"' },
    },
  }),
];
/** A worker whose storage was away for a moment gets its task again only after a while. */
const patience = { timeoutMs: 100_000 };
const times = { forSeconds: 0.3, coolDownSeconds: 0.5 };
const orchestration = OrchestrationSettings.parse({
  // Nobody goes here: a worker that is late with some answers is no reason to go elsewhere.
  discovery: { refreshSeconds: 0.3, healthCheck: { expireAfter: 30, unhealthyAfter: 30 } },
  triggers: [
    {
      ...{ name: 'slow-work', service: 'slow', pool: 'default', metric: 'latency', enter: 150, leave: 80 },
      ...times,
      actions: [
        { do: 'prefer-pool', pool: 'reserve' },
        { do: 'concurrency', share: 0.5 },
        { do: 'skip-optional' },
        { do: 'branch', name: 'degraded' },
        { do: 'scale-hint', add: 2 },
      ],
    },
    {
      ...{ name: 'flawed-work', service: 'flaw', metric: 'error-rate', enter: 0.5, leave: 0.2 },
      ...times,
      actions: [{ do: 'concurrency', share: 0.1 }],
    },
  ],
});

describe('O17 adaptation', () => {
  let bench: Bench;
  const pools: WorkerPool[] = [];
  const worker = async (service: string, pool: string, work?: WorkerPool['work']): Promise<WorkerPool> => {
    const started = await WorkerPool.start(bench.servers, [service, pool], [`${service}.work`], work);
    pools.push(started);
    return started;
  };
  beforeAll(async () => {
    bench = await Bench.open();
    await bench.orchestrator(workflows, { orchestration });
    await bench.listen();
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.stop()));
    await bench.dispose();
  });
  const eventsOf = <T extends EventType>(type: T): EventData<T>[] =>
    bench.events
      .filter((event) => event.type === type)
      .map(({ data }) => eventContracts[type].parse(data) as EventData<T>);
  const adaptations = (policy: string, phase: 'entered' | 'left') =>
    eventsOf('trimtab.policy.adapted.v1').filter((one) => one.policy === policy && one.phase === phase);
  const pause = (ms: number): Promise<object> => new Promise((done) => setTimeout(() => done({}), ms));

  it('a service that became slow: tasks go elsewhere, what is optional is left out, what is left is narrowed; no safety step changes', async () => {
    // By name: what comes twice to a worker is no second element.
    const inHand = new Set<string>();
    let most = 0;
    await worker('slow', 'default', () => pause(300));
    const reserve = await worker('slow', 'reserve');
    const runId = await bench.start('long', { list: [1, 2, 3, 4, 5, 6] });
    await eventually(async () => {
      await bench.until(await bench.start('one'), 'COMPLETED');
      return adaptations('slow-work', 'entered').some(
        (one) => one.runId === runId && one.action === 'branch',
      );
    }, patience);
    reserve.work = async ({ taskId }) => {
      if (!taskId.startsWith('wide')) return {};
      most = Math.max(most, inHand.add(taskId).size);
      // A second one must come along; a third must not.
      await eventually(() => most >= 2, { intervalMs: 5 });
      await pause(20);
      inHand.delete(taskId);
      return {};
    };
    // What nobody has seen yet cannot be preferred.
    await eventually(async () =>
      (await bench.ask('list-pools', {})).items.some(
        ({ pool, workers }) => pool === 'reserve' && workers > 0,
      ),
    );
    await bench.ask('signal-run', { runId, name: 'go' });
    const { tasks } = await bench.until(runId, 'COMPLETED');
    const statuses = ['extra', 'usual', 'instead', 'check', 'act'].map((task) => tasks[task]?.status);
    expect(statuses).toEqual(['SKIPPED', 'SKIPPED', 'COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(most).toBe(2);
    const own = adaptations('slow-work', 'entered').filter((one) => one.runId === runId);
    expect(own.map(({ action, tasks }) => [action, [...tasks].sort()])).toEqual([
      ['concurrency', ['wide']],
      ['skip-optional', ['extra']],
      ['branch', ['instead', 'usual']],
    ]);
    expect(adaptations('slow-work', 'entered')[0]).toMatchObject({
      reason: expect.stringMatching(/latency of slow\/default is \d+ ms, at or above 150 ms/),
    });
  });

  it('asks for more workers, and shows what is on', async () => {
    await eventually(() =>
      eventsOf('trimtab.service.scale-hint.v1').some(
        ({ service, pool, desiredWorkers }) =>
          service === 'slow' && pool === 'default' && desiredWorkers === 3,
      ),
    );
    const { triggers } = await bench.ask('list-policies', {});
    expect(triggers[0]).toMatchObject({ name: 'slow-work', on: true, reason: expect.stringContaining('ms') });
  });

  it('explains in plain words where each task went and why', async () => {
    const [{ runId } = { runId: null }] = adaptations('slow-work', 'entered').filter((one) => one.runId);
    const { tasks, lines, status } = await bench.ask('explain-run', { runId: runId ?? '' });
    const said = (task: string) =>
      tasks
        .find((one) => one.task === task)
        ?.lines.map(({ text }) => text)
        .join('; ');
    expect(status).toBe('COMPLETED');
    expect(lines.map(({ text }) => text).join('; ')).toMatch(
      /policy slow-work adapted it .*wide.*latency of/,
    );
    expect(said('extra')).toMatch(/skipped: policy slow-work: latency of slow\/default/);
    expect(said('usual')).toBe('skipped: its condition was false');
    expect(said('act')).toMatch(
      /attempt 1 went to slow\/reserve by slow-work: .*reserve is preferred; completed by/,
    );
    const one = await bench.ask('explain-run', { runId: runId ?? '', task: 'wide' });
    expect(one.tasks.map(({ task }) => task)).toContain('wide[5]');
    await expect(bench.ask('explain-run', { runId: runId ?? '', task: 'ghost' })).rejects.toMatchObject({
      code: 'run.unknown-task',
    });
  });

  it('takes back what it changed when the cause has gone', async () => {
    const flawed = await worker('flaw', 'default', () => Promise.reject(flaw()));
    const end = async (): Promise<void> => {
      const runId = await bench.start('flawed');
      await eventually(async () => {
        const state = await bench.state(runId);
        if (state.status === 'RUNNING') throw new Error(`run ${runId} goes on: ${JSON.stringify(state)}`);
        return true;
      }, patience);
    };
    await eventually(async () => {
      await end();
      return adaptations('flawed-work', 'entered').length > 0;
    }, patience);
    flawed.work = () => ({});
    await eventually(async () => {
      await end();
      return adaptations('flawed-work', 'left').length > 0;
    }, patience);
    expect(adaptations('flawed-work', 'entered')).toHaveLength(1);
  });
});

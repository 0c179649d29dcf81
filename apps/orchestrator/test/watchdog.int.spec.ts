import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident } from '@trimtab/contracts';
import { partitionOf } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import type { LiveRun } from '../src/domain/live-run.js';
import type { OwnedPartition } from '../src/handlers/owned-partition.js';
import type { RunRequest } from '../src/handlers/world.js';
import type { Orchestrator } from '../src/orchestrator.js';
import { Bench, broken, flow, inMemory, SILENCE, worldOf } from './bench.js';
import { openPool } from './connections.js';

const task = { uses: 'test.work' };
const effect = { ...task, compensate: { uses: 'test.undo', retry: { maxAttempts: 1 } } };
const workflows = [
  flow('steps', { tasks: { a: task, b: { ...task, needs: ['a'] } } }),
  flow('nap', { tasks: { wait: { uses: 'timer', with: { duration: '3s' } } } }),
  flow('inner', { tasks: { hear: { uses: 'signal', with: { name: 'go' } } } }),
  flow('outer', { tasks: { child: { uses: 'workflow', with: { name: 'inner' } } } }),
  flow('saga', { tasks: { a: effect, b: { ...task, needs: ['a'], onError: 'compensate' } } }),
  flow('gate', { tasks: { ok: { uses: 'approval', approval: { digest: 'd' } } } }),
];

describe('O28: the watchdog', () => {
  let bench: Bench;
  let orchestrator: Orchestrator;
  let pool: ReturnType<typeof openPool>;
  beforeAll(async () => {
    bench = await Bench.open();
    const quick = { sweepMs: 300, resendAfterMs: 500, restAfterMs: 300, watchMs: 200, stuckAfterMs: 700 };
    orchestrator = await bench.orchestrator(workflows, quick);
    pool = openPool(bench.servers.databaseUrl);
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

  const owned = (runId: string): OwnedPartition => {
    const { owned } = orchestrator as unknown as { owned: Map<number, OwnedPartition> };
    const partition = owned.get(partitionOf(runId, 16));
    if (!partition) throw new Error('not owned');
    return partition;
  };
  const live = (runId: string): LiveRun => {
    const run = inMemory(orchestrator, runId);
    if (!run) throw new Error('not in memory');
    return run;
  };
  const about = async (runId: string): Promise<Incident[]> =>
    (await bench.ask('list-incidents', {})).items.filter((one) => one.runId === runId);
  const resolved = (runId: string): Promise<Incident> =>
    eventually(async () => (await about(runId)).find(({ status }) => status === 'resolved'));
  const rested = (runId: string): Promise<boolean> =>
    eventually(() => inMemory(orchestrator, runId) === undefined);

  it('repairs a run whose command and timers were forgotten, and says so', async () => {
    bench.answer = () => SILENCE;
    const runId = await bench.start('steps');
    await bench.sent(runId);
    live(runId).sends.clear();
    live(runId).timers.clear();
    bench.answer = () => ({});
    await bench.until(runId, 'COMPLETED');
    const incident = await resolved(runId);
    expect(incident).toMatchObject({ kind: 'run.stuck', resolvedBy: 'watchdog' });
    expect(incident.repairs).toBeGreaterThan(0);
    expect(JSON.stringify(incident.details)).toContain('no command of attempt 1 is out');
    const types = () => bench.events.filter(({ runid }) => runid === runId).map(({ type }) => type);
    for (const type of ['trimtab.incident.raised.v1', 'trimtab.incident.resolved.v1'])
      await eventually(() => types().includes(type));
  });

  it('brings back a run that fell out of memory', async () => {
    bench.answer = () => SILENCE;
    const runId = await bench.start('steps');
    await bench.sent(runId);
    owned(runId).runs.memory.remove(live(runId));
    bench.answer = () => ({});
    await bench.until(runId, 'COMPLETED');
    expect(await resolved(runId)).toMatchObject({ kind: 'run.stuck' });
  });

  it('wakes a resting run whose wake-up call was lost', async () => {
    const lose = `DELETE FROM orchestrator.timers WHERE run = $1 AND due_at > now() + interval '1 second'`;
    // Another one, should it have been called already because the machine stood still.
    const runId = await eventually(async () => {
      const nap = await bench.start('nap');
      await rested(nap);
      return (await pool.query(lose, [nap])).rowCount === 1 && nap;
    });
    await bench.until(runId, 'COMPLETED');
    expect(await resolved(runId)).toMatchObject({ kind: 'run.stuck' });
  });

  /** Loses the next request to a run that `which` names. */
  const loseNext = (which: (request: RunRequest) => boolean): void => {
    const { router } = worldOf(orchestrator);
    const ask = router.ask.bind(router);
    router.ask = (request) => {
      if (!which(request)) return ask(request);
      router.ask = ask;
      return Promise.reject(new Error('lost'));
    };
  };

  it('starts a child whose start was lost, and hears of the end that was not told', async () => {
    loseNext((request) => request.kind === 'start' && request.parent !== undefined);
    const runId = await bench.start('outer');
    const wait = live(runId).state.tasks.get('child');
    const child = wait?.status === 'WAITING' && wait.wait.for === 'child' ? wait.wait.child : '';
    await bench.until(child, 'RUNNING');
    loseNext((request) => request.kind === 'input' && request.runId === runId);
    await bench.ask('signal-run', { runId: child, name: 'go' });
    await bench.until(child, 'COMPLETED');
    await bench.until(runId, 'COMPLETED');
    // The sweeper may ask again before the watchdog has to: what the watchdog did raise is closed by itself.
    await eventually(async () => (await about(runId)).every(({ status }) => status === 'resolved'));
  });

  it('leaves what waits for a person alone', async () => {
    const runId = await bench.start('gate');
    await rested(runId);
    await new Promise((done) => setTimeout(done, 1_500));
    expect(await about(runId)).toEqual([]);
  });

  it('keeps an incident open about a run that cannot be loaded, until somebody closes it', async () => {
    const runId = randomUUID();
    const row = [runId, partitionOf(runId, 16), `run-${runId}`];
    await pool.query(
      `INSERT INTO orchestrator.runs (run, partition, stream, status, terminal, version) VALUES ($1, $2, $3, 'RUNNING', false, 3)`,
      row,
    );
    const incident = await eventually(async () => (await about(runId))[0]);
    expect(incident).toMatchObject({ kind: 'run.unreadable', status: 'open' });
    await pool.query('DELETE FROM orchestrator.runs WHERE run = $1', [runId]);
    const { id } = incident;
    const command = { id, reason: 'restored' };
    const closed = await bench.ask('resolve-incident', command);
    expect(closed.status).toBe('resolved');
    expect(await bench.ask('show-incident', { id })).toEqual(closed);
    await expect(bench.ask('show-incident', { id: 'x' })).rejects.toMatchObject({ code: 'incident.unknown' });
  });

  it('reports a compensation that failed, once', async () => {
    bench.answer = (_, { taskid }) => (taskid === 'a' ? {} : Promise.reject(broken('never')));
    const runId = await bench.start('saga');
    await bench.until(runId, 'FAILED');
    const [incident, ...more] = await eventually(async () => {
      const found = await about(runId);
      return found.length > 0 && found;
    });
    expect([incident?.kind, incident?.status, more]).toEqual(['run.compensation-failed', 'open', []]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import type { Findings, System } from '../src/index.js';
import { digestsOf, findingsOf, OPTIMIZE_SERVICES, startSystem } from '../src/index.js';
import { seededRandom } from '../src/random.js';

/** Kills one service after another at seeded moments and starts it again, until the runs are over or it is enough. */
async function killWhileRunning(
  system: System,
  plan: {
    readonly runIds: readonly string[];
    readonly seed: number;
    readonly times: number;
    readonly targets?: readonly ServiceName[];
    /** Begins another run when the runs are over and it is not enough yet. */
    readonly another?: () => Promise<void>;
  },
): Promise<string[]> {
  const { runIds, seed, times, targets = OPTIMIZE_SERVICES, another } = plan;
  const random = seededRandom(seed);
  const killed: string[] = [];
  const over = async () => (await Promise.all(runIds.map((id) => system.runs.isFinished(id)))).every(Boolean);
  while (killed.length < times) {
    if (await over()) {
      if (!another) break;
      await another();
    }
    await sleep(random.between(50, 1_200));
    const name = random.pick(targets);
    const program = system.services.process(name);
    await program.kill();
    killed.push(name);
    await sleep(random.between(0, 300));
    await program.start();
  }
  return killed;
}

describe('a system whose services are killed at random moments', () => {
  let system: System;
  let undisturbed: Findings;
  const killed: string[] = [];

  beforeAll(async () => {
    system = await startSystem({ seed: 3, now: '2026-11-18T09:30:00.000Z', processes: 'each' });
    const { run, findings } = await system.optimize();
    expect(run.status).toBe('COMPLETED');
    undisturbed = findings;
  });
  afterAll(() => system?.dispose());

  /** A person looks at the plan and grants it. */
  async function grant(runId: string): Promise<void> {
    const approval = await eventually(
      async () =>
        (await system.client.call('listApprovals', { query: { runId, status: 'requested' } })).items[0],
      { timeoutMs: 120_000 },
    );
    const { taskId, digest } = approval;
    const body = { decision: 'grant', digest, actor: 'ada' } as const;
    await system.client.call('decideApproval', { params: { runId, taskId }, body });
  }

  it.each([{ seed: 11 }, { seed: 12 }])(
    'completes its runs with the result of an undisturbed one (kills of seed $seed)',
    async ({ seed }) => {
      const runIds = await Promise.all([system.runs.start(), system.runs.start()]);
      const another = async () => void runIds.push(await system.runs.start());
      killed.push(...(await killWhileRunning(system, { runIds, seed, times: 5, another })));
      for (const runId of runIds) {
        const run = await system.runs.finished(runId);
        expect({ status: run.status, error: run.error }).toEqual({ status: 'COMPLETED', error: null });
        expect(digestsOf(await findingsOf(system, run))).toEqual(digestsOf(undisturbed));
      }
      expect(await system.cloud.changes()).toEqual([]);
    },
  );

  it('executes each action of a live run exactly once', async () => {
    const runId = await system.runs.start({ execution: { mode: 'live' } });
    await grant(runId);
    const targets: ServiceName[] = ['execution', 'orchestrator'];
    killed.push(...(await killWhileRunning(system, { runIds: [runId], seed: 13, times: 6, targets })));
    const run = await system.runs.finished(runId);
    expect({ status: run.status, error: run.error }).toEqual({ status: 'COMPLETED', error: null });
    const { actions } = await findingsOf(system, run);
    expect(actions).toHaveLength(undisturbed.actions.length);
    expect(actions.filter(({ status }) => status !== 'verified')).toEqual([]);
    const changes = await system.cloud.changes();
    // What was made comes first and is new each time; what it was made of, or what was changed, comes last.
    const effects = changes.map(({ accountId, region, operation, resources }) =>
      [accountId, region, operation, resources.at(-1)?.name].join(' '),
    );
    expect(effects.filter((effect, i) => effects.indexOf(effect) !== i)).toEqual([]);
    expect(changes.length).toBeGreaterThanOrEqual(actions.length);
  });

  it('was killed at least ten times', () => {
    expect(killed.length).toBeGreaterThanOrEqual(10);
  });
});

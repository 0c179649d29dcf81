import { eventually } from '@trimtab/testing';
import type { Figures, Scenario } from '../scenario.js';
import { within } from '../scenario.js';
import { crashAt } from '../stack/engine.js';
import type { Engine } from '../stack/engine.js';
import { audited, orderOf } from '../workflows.js';

const patience = { timeoutMs: 60_000 };
const twice = { maxAttempts: 2, initialDelay: '100ms' };
const breaks = (compensate: object) => ({
  tasks: {
    reserve: { uses: 'chaos.effect', compensate: { uses: 'chaos.undo' } },
    charge: { uses: 'chaos.effect', needs: 'reserve', compensate: { uses: 'chaos.undo', ...compensate } },
    ship: { uses: 'chaos.work', needs: 'charge', onError: 'compensate' as const, with: { fail: 'never' } },
  },
});

const documents = {
  'undo-fails': breaks({ with: { fail: 'later' }, retry: twice }),
  'undo-hangs': breaks({ with: { hang: true }, timeout: '500ms', retry: twice }),
  'undo-fails-once': breaks({ with: { fail: 'later', failures: 1 }, retry: twice }),
  'undo-is-slow': breaks({ with: { ms: 300 } }),
};
const workflows = new Map(
  Object.entries(documents).map(([name, document]) => [name, audited(name, document)]),
);

async function incidentsOf(engine: Engine): Promise<string[]> {
  const { rows } = await engine.sql.query<{ run: string }>(
    `SELECT run_id AS run FROM orchestrator.incidents WHERE kind = 'run.compensation-failed'`,
  );
  return rows.map(({ run }) => run);
}

export const compensationBreaks: Scenario = {
  fault: 24,
  title:
    'a compensation fails, fails once, hangs past its timeout; the orchestrator dies in the middle of one',
  promise: 'COMPENSATED in reverse order, once each, or FAILED with an incident that names the run',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workflows, workers: 2 });
    const some = context.of(2, 10);
    const begin = (name: string, status: string) =>
      engine.beginAll(Array.from({ length: some }, () => ({ ...orderOf(name, 0), expected: { status } })));
    const hopeless = [...(await begin('undo-fails', 'FAILED')), ...(await begin('undo-hangs', 'FAILED'))];
    await begin('undo-fails-once', 'COMPENSATED');
    await context.expectEnds(engine);
    const named = await eventually(async () => {
      const runs = await incidentsOf(engine);
      return runs.length >= hopeless.length && runs;
    }, patience).catch(() => incidentsOf(engine));
    for (const { runId, workflow } of hopeless)
      context.expect(
        named.filter((run) => run === runId).length === 1,
        `${workflow} ${runId} has ${named.filter((run) => run === runId).length} incidents`,
      );
    // Alone it owns everything, and dies while compensations are under way.
    await Promise.all(engine.orchestrators.map((one) => one.kill()));
    const doomed = await engine.orchestrator(crashAt('run.stored', some * 5));
    await begin('undo-is-slow', 'COMPENSATED');
    await within(patience.timeoutMs, doomed.ended(), 'the orchestrator did not come to its crash point');
    await engine.orchestrator();
    await context.expectEnds(engine);
    return {
      runs: engine.started.length,
      incidents: named.length,
      undone: engine.provider.effects.filter(({ task }) => task.endsWith('~undo')).length,
    };
  },
};

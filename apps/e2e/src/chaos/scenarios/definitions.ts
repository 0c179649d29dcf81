import { toErrorInfo } from '@trimtab/kernel';
import type { Figures, Scenario } from '../scenario.js';
import { orderOf } from '../workflows.js';

export const definitionsChange: Scenario = {
  fault: 14,
  title:
    'a definition is changed, then deleted, while runs of it are open; the orchestrator restarts each time',
  promise: 'each run keeps the definition that it was started with',
  async run(context): Promise<Figures> {
    const engine = await context.engine();
    const runs = await engine.beginAll(Array.from({ length: context.of(4, 40) }, () => orderOf('hold', 0)));
    const [changed, deleted] = [runs.slice(0, runs.length / 2), runs.slice(runs.length / 2)];
    const go = async (some: typeof runs): Promise<void> => {
      await engine.orchestrators[0]?.restart();
      for (const { runId } of some) await engine.people.ask('signal-run', { runId, name: 'go' });
    };
    engine.writeWorkflow('hold', { name: 'hold', version: '1', tasks: { other: { uses: 'chaos.nothing' } } });
    await go(changed);
    engine.deleteWorkflow('hold');
    await go(deleted);
    await context.expectEnds(engine);
    const start = engine.people.ask('start-run', { workflow: 'hold', input: {} });
    const code = await start.then(
      () => 'accepted',
      (error: unknown) => toErrorInfo(error).code,
    );
    context.expect(code === 'workflow.unknown', `a run of the deleted definition was ${code}`);
    return {
      openRuns: runs.length,
      changedUnder: changed.length,
      deletedUnder: deleted.length,
      newRun: code,
    };
  },
};

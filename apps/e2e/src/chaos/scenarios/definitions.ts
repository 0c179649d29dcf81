import { toErrorInfo } from '@trimtab/kernel';
import type { Figures, Scenario } from '../scenario.js';
import { orderOf } from '../workflows.js';

const outcomeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'accepted',
    (error: unknown) => toErrorInfo(error).code,
  );

export const definitionsChange: Scenario = {
  fault: 14,
  title:
    'a definition is changed, then its file deleted, while runs of it are open; the orchestrator restarts each time; somebody asks to delete it',
  promise: 'each run keeps the definition that it was started with; deleting what is referenced is refused',
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
    const deletion = await outcomeOf(engine.people.ask('delete-workflow', { name: 'hold', version: '1' }));
    context.expect(deletion === 'workflow.in-use', `deleting a definition with open runs was ${deletion}`);
    await go(deleted);
    // A file that is gone changes nothing: what was known stays known.
    const { runId } = await engine.begin(orderOf('hold', 0));
    await engine.people.ask('signal-run', { runId, name: 'go' });
    await context.expectEnds(engine);
    return {
      openRuns: runs.length,
      changedUnder: changed.length,
      deletedUnder: deleted.length,
      deletion,
    };
  },
};

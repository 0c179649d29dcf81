import { startSystem } from '../../system.js';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';

const NOW = '2026-11-18T09:30:00.000Z';

/** What is to be done to what, without ids that are new in each run. */
type Actions = Awaited<
  ReturnType<Awaited<ReturnType<typeof startSystem>>['optimize']>
>['findings']['actions'];
const plannedOf = (actions: Actions): string[] =>
  actions
    .map(({ actionId, steps, resourceArn, kind }) =>
      JSON.stringify({ kind, resourceArn, steps: steps.map(({ name }) => name) }).replaceAll(actionId, ''),
    )
    .sort();

export const dryRun: Scenario = {
  fault: 30,
  title:
    'a dry run of the whole product against a simulated company that writes every change down, then the live run',
  promise: 'no change; the plan is what the live run does',
  async run(context: ChaosContext): Promise<Figures> {
    const system = await startSystem({ seed: context.seed, now: NOW });
    context.later(() => system.dispose());
    const dry = await system.optimize();
    const changesOfDryRun = (await system.cloud.changes()).length;
    context.expect(changesOfDryRun === 0, `${changesOfDryRun} changes by a dry run`);
    const runId = await system.runs.start({ execution: { mode: 'live' } });
    await system.runs.until(runId, ({ tasks }) => (tasks['WAITING'] ?? 0) > 0);
    const [approval] = (await system.client.call('listApprovals', { query: { runId, status: 'requested' } }))
      .items;
    if (!approval) throw new Error('the live run asked for no approval');
    const { taskId, digest } = approval;
    await system.client.call('decideApproval', {
      params: { runId, taskId },
      body: { decision: 'grant', digest, actor: 'ada' },
    });
    await system.runs.finished(runId);
    const live = (await system.client.call('listActions', { query: { runId, limit: 1_000 } })).items;
    const [planned, done] = [plannedOf(dry.findings.actions), plannedOf(live)];
    context.expect(
      planned.length > 0 && JSON.stringify(planned) === JSON.stringify(done),
      'the live run did something else than the dry run planned',
    );
    return {
      planned: planned.length,
      changesOfDryRun,
      doneLive: done.length,
      changesOfLiveRun: (await system.cloud.changes()).length,
    };
  },
};

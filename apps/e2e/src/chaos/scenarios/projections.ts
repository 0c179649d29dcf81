import { createHash } from 'node:crypto';
import type { Reply, TrimtabClient } from '@trimtab/client';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { orderOf, orders } from '../workflows.js';

const patience = { timeoutMs: 120_000 };

const view = async (client: TrimtabClient): Promise<Reply<'showAnalytics'>['items']> =>
  (await client.call('showAnalytics', { query: { by: 'workflow', window: 'all' } })).items;
const counted = (items: Reply<'showAnalytics'>['items']): number =>
  items.reduce((sum, { count }) => sum + count, 0);

async function untilCounted(client: TrimtabClient, runs: number): Promise<void> {
  await eventually(async () => counted(await view(client)) >= runs, patience);
}

/** While it is rebuilt, the old view answers; afterwards the new one says the same. */
async function rebuild(engine: Engine, context: ChaosContext, client: TrimtabClient): Promise<number> {
  const before = counted(await view(client));
  let looks = 0;
  await client.call('rebuildAnalytics', { body: {} });
  const begun = engine.beginAll(orders(context.random, context.of(8, 100), 100));
  await eventually(async () => {
    looks += 1;
    const now = counted(await view(client));
    context.expect(now >= before, `while it was rebuilt, the view counted ${now} runs of ${before}`);
    return (await client.call('analyticsRebuild', {})).state === 'done';
  }, patience);
  await begun;
  await context.expectEnds(engine);
  await untilCounted(client, engine.started.length);
  const live = JSON.stringify(await view(client));
  await client.call('rebuildAnalytics', { body: {} });
  await eventually(async () => (await client.call('analyticsRebuild', {})).state === 'done', patience);
  context.expect(
    JSON.stringify(await view(client)) === live,
    'the view rebuilt from zero differs from the live one',
  );
  return looks;
}

/** Snapshots that are damaged, and whole ones of other code that say nonsense. */
async function spoilSnapshots(engine: Engine, runIds: readonly string[]): Promise<number> {
  const data = JSON.stringify({ state: { status: 'COMPLETED', tasks: [] }, published: 99 });
  let spoilt = 0;
  for (const runId of runIds)
    for (const code of ['run-0', 'run-1', 'run-2', 'run-3']) {
      const stream = `run-${runId}`;
      const right = createHash('sha256').update(`${stream}\n${code}\n1\n${data}`).digest('hex');
      const digest = code === 'run-0' ? right : 'damaged';
      await engine.sql.query(
        `INSERT INTO orchestrator.snapshots (stream, code_version, version, data, digest) VALUES ($1, $2, 1, $3, $4)`,
        [stream, code, data, digest],
      );
      spoilt += 1;
    }
  return spoilt;
}

export const projectionsRebuilt: Scenario = {
  fault: 27,
  title:
    'a projection is rebuilt under load; snapshots of open runs are damaged, or of other code, and the orchestrator restarts',
  promise: 'the old view answers until the new one is whole, both are equal; runs go on as the events say',
  async run(context): Promise<Figures> {
    const engine = await context.engine();
    const client = await engine.gateway();
    await engine.beginAll(orders(context.random, context.of(8, 100)));
    await context.expectEnds(engine);
    await untilCounted(client, engine.started.length);
    const looks = await rebuild(engine, context, client);
    const open = await engine.beginAll(Array.from({ length: context.of(3, 20) }, () => orderOf('hold', 0)));
    await engine.orchestrators[0]?.kill();
    const spoilt = await spoilSnapshots(
      engine,
      open.map(({ runId }) => runId),
    );
    await engine.orchestrators[0]?.start();
    for (const { runId } of open) await engine.people.ask('signal-run', { runId, name: 'go' });
    await context.expectEnds(engine);
    return { runs: engine.started.length, looksDuringRebuild: looks, snapshotsSpoilt: spoilt };
  },
};

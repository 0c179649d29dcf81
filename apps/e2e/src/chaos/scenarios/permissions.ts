import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNats } from '@trimtab/embedded';
import { testFolder } from '@trimtab/embedded/testing';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { orders } from '../workflows.js';

const ALARMED_MS = 30_000;
const patience = { timeoutMs: 60_000 };
const OPEN = 'authorization { users = [ { user: all, password: all } ] }';
const NO_RESULTS =
  'authorization { users = [ { user: all, password: all, permissions: { publish: { deny: "trimtab.res.>" } } } ] }';
const NOBODY = 'authorization { users = [ { user: other, password: other } ] }';
const WHO = 'no_auth_user: all';

/** A stream, or one of its consumers. */
type Victim = readonly [stream: string, consumer?: string];

/** Deletes something of the broker under load; returns how long it took until it was there again. */
async function deleteAndWait(
  engine: Engine,
  context: ChaosContext,
  [stream, consumer]: Victim,
): Promise<number> {
  const jsm = await engine.people.bus.jsm();
  const begun = engine.beginAll(orders(context.random, context.of(5, 30), 100));
  await sleep(context.random.between(50, 300));
  const began = performance.now();
  if (consumer === undefined) await jsm.streams.delete(stream);
  else await jsm.consumers.delete(stream, consumer);
  const there = () =>
    consumer === undefined ? jsm.streams.info(stream) : jsm.consumers.info(stream, consumer);
  await eventually(async () => (await there()) !== undefined, patience);
  const tookMs = Math.round(performance.now() - began);
  await begun;
  await context.expectEnds(engine, 180_000);
  return tookMs;
}

/** Changes the rights on a running server under load until somebody says so, then gives them back. */
async function withRights(
  engine: Engine,
  context: ChaosContext,
  change: (...rights: string[]) => Promise<void>,
  rights: readonly string[],
): Promise<number> {
  const begun = engine.beginAll(orders(context.random, context.of(5, 30), 300));
  const marks = [...engine.orchestrators, ...engine.workers].map((one) => [one, one.output.length] as const);
  const began = performance.now();
  await change(...rights);
  const said = () =>
    marks.some(([one, mark]) =>
      /permissions? violation|authorization|outbox|lost/i.test(one.output.slice(mark)),
    );
  await eventually(said, patience).catch(() =>
    context.expect(false, `nobody said that ${rights.join()} is not enough`),
  );
  const tookMs = Math.round(performance.now() - began);
  await change(OPEN, WHO);
  await begun;
  await context.expectEnds(engine, 180_000);
  return tookMs;
}

export const brokerTakesAway: Scenario = {
  fault: 28,
  title: 'streams and consumers are deleted at run time; a permission is revoked; credentials no longer hold',
  promise: 'restored, or said by somebody, in less than 30 s; all runs finish',
  async run(context): Promise<Figures> {
    const folder = testFolder();
    const config = [OPEN, WHO];
    const nats = await startNats({ dataDir: folder, config });
    context.later(() => nats.stop());
    const file = join(folder, 'nats/server.conf');
    const reload = (...rights: string[]): Promise<void> => {
      writeFileSync(file, readFileSync(file, 'utf8').replace(config.join('\n'), rights.join('\n')));
      config.splice(0, config.length, ...rights);
      if (nats.pid !== undefined) process.kill(nats.pid, 'SIGHUP');
      return Promise.resolve();
    };
    const restart = async (...rights: string[]): Promise<void> => {
      await nats.kill();
      config.splice(0, config.length, ...rights);
      await nats.start();
    };
    const engine = await context.engine({ natsUrl: nats.url });
    const victims: readonly Victim[] = [
      ['CMD'],
      ['RES'],
      ['EVT'],
      ['CMD', 'chaos-default'],
      ['RES', 'partition-3'],
    ];
    let restored = 0;
    for (const victim of victims.slice(0, context.of(1, victims.length)))
      restored = Math.max(restored, await deleteAndWait(engine, context, victim));
    const revoked = await withRights(engine, context, reload, [NO_RESULTS, WHO]);
    const rotated = await withRights(engine, context, restart, [NOBODY]);
    for (const [what, ms] of Object.entries({ restored, revoked, rotated }))
      context.expect(ms < ALARMED_MS, `${what} only after ${ms} ms`);
    return {
      runs: engine.started.length,
      slowestRestoredMs: restored,
      revokedSaidMs: revoked,
      refusedSaidMs: rotated,
    };
  },
};

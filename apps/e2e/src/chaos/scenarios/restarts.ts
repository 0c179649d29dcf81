import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '@trimtab/embedded';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { claimedAgain } from '../stack/evidence.js';
import { audited, orderOf, orders } from '../workflows.js';
import type { Order } from '../workflows.js';

const workflows = new Map([['single', audited('single', { tasks: { only: { uses: 'chaos.work' } } })]]);
const RESUMED_MS = 60_000;
const DRAINED_MS = 30_000;
const AT_ONCE = 250;

async function beginMany(engine: Engine, wanted: readonly Order[]): Promise<void> {
  for (let i = 0; i < wanted.length; i += AT_ONCE) await engine.beginAll(wanted.slice(i, i + AT_ONCE));
}

export const coldStart: Scenario = {
  fault: 3,
  title: 'kill -9 of everything (orchestrator, workers, NATS, Postgres), cold start with 10,000 open runs',
  promise: 'all resume without an operator in less than 60 s',
  async run(context): Promise<Figures> {
    const open = context.of(300, 10_000);
    const engine = await context.engine({ postgres: 'own', workers: 0, workflows });
    const postgres = engine.servers.postgres as PostgresServer;
    await beginMany(
      engine,
      Array.from({ length: open }, (_, n) => orderOf('single', n)),
    );
    await Promise.all([
      ...engine.orchestrators.map((one) => one.kill()),
      engine.servers.nats.kill(),
      postgres.kill(),
    ]);
    const began = performance.now();
    await Promise.all([engine.servers.nats.start(), postgres.start()]);
    await Promise.all([engine.orchestrators[0]?.start(), engine.worker({ TRIMTAB_CONCURRENCY: '200' })]);
    await context.expectEnds(engine, 600_000);
    const tookMs = Math.round(performance.now() - began);
    if (context.form === 'long') context.expect(tookMs < RESUMED_MS, `all had ended only after ${tookMs} ms`);
    return { openRuns: open, coldStartToAllEndedMs: tookMs };
  },
};

async function restartInTurn(engine: Engine, context: ChaosContext): Promise<number> {
  let slowest = 0;
  for (const one of [...engine.orchestrators, ...engine.workers]) {
    await sleep(context.random.between(100, 500));
    const began = performance.now();
    const { code } = await one.stop(DRAINED_MS);
    slowest = Math.max(slowest, performance.now() - began);
    context.expect(code === 0, `${String(one)} ended with ${code} when it was told to stop`);
    await one.start();
  }
  return Math.round(slowest);
}

export const rollingRestart: Scenario = {
  fault: 4,
  title: 'SIGTERM to each instance in turn under load, started again each time',
  promise: 'no failed run; an instance drains in less than 30 s; no effect is repeated',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ orchestrators: 2, workers: 2 });
    let over = false;
    const load = (async () => {
      while (!over) {
        await engine.beginAll(orders(context.random, 5, 300));
        await sleep(context.random.between(100, 400));
      }
    })();
    const slowest = await restartInTurn(engine, context);
    over = true;
    await load;
    await context.expectEnds(engine);
    context.expect(slowest < DRAINED_MS, `an instance took ${slowest} ms to drain`);
    const repeatedEffects = engine.provider.repeated().length;
    context.expect(repeatedEffects === 0, `${repeatedEffects} effects took place twice`);
    return {
      ...{ instances: 4, runs: engine.started.length, slowestDrainMs: slowest },
      ...{ commandsClaimedAgain: await claimedAgain(engine), repeatedEffects },
    };
  },
};

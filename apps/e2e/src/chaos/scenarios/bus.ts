import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNatsCluster } from '@trimtab/embedded/testing';
import type { NatsServer } from '@trimtab/embedded';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { orders } from '../workflows.js';

const PATIENCE = { timeoutMs: 120_000, intervalMs: 50 };
const PUBLISHING_BACK_MS = 10_000;

/** How long it takes until the broker acknowledges a message that is published now. */
async function publishingTakes(engine: Engine): Promise<number> {
  const began = performance.now();
  const envelope = {
    ...{ specversion: '1.0' as const, id: randomUUID(), source: '/chaos', type: 'trimtab.chaos.probe.v1' },
    ...{ time: new Date().toISOString(), data: {} },
  };
  await eventually(
    () =>
      engine.people.bus.publish('trimtab.evt.chaos.probe.v1', envelope).then(
        () => true,
        () => false,
      ),
    PATIENCE,
  );
  return Math.round(performance.now() - began);
}

/** Kills nodes under load, measures when publishing is back, then brings them back. */
async function lose(context: ChaosContext, engine: Engine, nodes: readonly NatsServer[]): Promise<number> {
  const begun = engine.beginAll(orders(context.random, context.of(6, 30), 200));
  await sleep(context.random.between(50, 400));
  await Promise.all(nodes.map((node) => node.kill()));
  const all = engine.natsUrl.split(',').length === nodes.length;
  if (all) await Promise.all(nodes.map((node) => node.start()));
  const tookMs = await publishingTakes(engine);
  if (!all) await Promise.all(nodes.map((node) => node.start()));
  await begun;
  return tookMs;
}

export const brokerDies: Scenario = {
  fault: 5,
  title: 'kill -9 of nats-server in a loop; of a three-node cluster each node in turn, then all',
  promise: 'nothing is lost; publishing is back in less than 10 s',
  async run(context): Promise<Figures> {
    const alone = await context.engine();
    let aloneMs = 0;
    const kills = context.of(2, 8);
    for (let i = 0; i < kills; i += 1)
      aloneMs = Math.max(aloneMs, await lose(context, alone, [alone.servers.nats]));
    await context.expectEnds(alone);
    if (context.form === 'short') return { kills, slowestPublishMs: aloneMs };
    const cluster = await startNatsCluster();
    context.later(() => cluster.dispose());
    const engine = await context.engine({ natsUrl: cluster.url, env: { NATS_REPLICAS: '3' } });
    let clusterMs = 0;
    for (const nodes of [...cluster.nodes.map((node) => [node]), cluster.nodes])
      clusterMs = Math.max(clusterMs, await lose(context, engine, nodes));
    await context.expectEnds(engine);
    const slowest = Math.max(aloneMs, clusterMs);
    context.expect(slowest < PUBLISHING_BACK_MS, `publishing was back only after ${slowest} ms`);
    const runs = alone.started.length + engine.started.length;
    return { kills: kills + 6, runs, slowestPublishMs: aloneMs, slowestPublishOfClusterMs: clusterMs };
  },
};

export const storeDeleted: Scenario = {
  fault: 6,
  title: 'the whole JetStream store is deleted under load',
  promise: 'streams are provisioned again, work is driven again from Postgres, all runs finish',
  async run(context): Promise<Figures> {
    const engine = await context.engine();
    const { nats } = engine.servers;
    const times = context.of(1, 3);
    let slowestMs = 0;
    for (let i = 0; i < times; i += 1) {
      const begun = engine.beginAll(orders(context.random, context.of(12, 100), 300));
      await sleep(context.random.between(200, 600));
      await nats.kill();
      await nats.wipe();
      await nats.start();
      const wiped = performance.now();
      await begun;
      await context.expectEnds(engine);
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - wiped));
    }
    return { deletions: times, runs: engine.started.length, slowestToAllEndedMs: slowestMs };
  },
};

import { setTimeout as sleep } from 'node:timers/promises';
import { toErrorInfo } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import type { FaultyProcess } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { Wire } from '../stack/wire.js';
import { orderOf } from '../workflows.js';

const patience = { timeoutMs: 60_000 };

async function readinessOf(one: FaultyProcess | undefined): Promise<Record<string, unknown>> {
  const health = /"health":"([^"]+)"/.exec(one?.output ?? '')?.[1] ?? '';
  return (await (await fetch(`${health}/ready`)).json()) as Record<string, unknown>;
}

async function expectNotReady(
  context: ChaosContext,
  one: FaultyProcess | undefined,
  part: string,
): Promise<void> {
  const seen = async () => {
    const health = await readinessOf(one);
    return health['ready'] === false && health[part] === 'down';
  };
  await eventually(seen, patience).catch(() =>
    context.expect(false, `${String(one)} does not say that ${part} is down`),
  );
}

/** Deliveries of commands so far, repetitions too. */
async function deliveries(engine: Engine): Promise<number> {
  const jsm = await engine.people.bus.jsm();
  return (await jsm.consumers.info('CMD', 'chaos-default')).delivered.consumer_seq;
}

export const oneSided: Scenario = {
  fault: 9,
  title: 'a worker sees NATS but not Postgres, then Postgres but not NATS; the gateway loses NATS',
  promise: 'commands go back with a delay, no storm of redeliveries; health and API say what is down',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workers: 0 });
    const { databaseUrl, natsUrl } = engine.servers;
    const [toDatabase, toBus, gatewayToBus] = (await Promise.all(
      [databaseUrl, natsUrl, natsUrl].map((url) => Wire.before(url)),
    )) as [Wire, Wire, Wire];
    for (const wire of [toDatabase, toBus, gatewayToBus]) context.later(() => wire.close());
    const worker = await engine.worker({ DATABASE_URL: toDatabase.url, NATS_URL: toBus.url });
    const client = await engine.gateway({ NATS_URL: gatewayToBus.url });
    const some = context.of(6, 40);
    const begin = () => engine.beginAll(Array.from({ length: some }, (_, n) => orderOf('chain', n)));

    toDatabase.cut();
    await begin();
    await expectNotReady(context, worker, 'postgres');
    await sleep(context.of(5_000, 20_000));
    const stormed = await deliveries(engine);
    // After 2, 4, 8 and 16 s: five in twenty seconds.
    context.expect(stormed <= some * 6, `${stormed} deliveries of ${some} commands while Postgres was away`);
    toDatabase.mend();
    await context.expectEnds(engine);

    toBus.cut();
    await begin();
    await expectNotReady(context, worker, 'nats');
    toBus.mend();
    await context.expectEnds(engine);

    gatewayToBus.cut();
    await expectNotReady(context, engine.gateways[0], 'nats');
    const runId = engine.started[0]?.runId ?? '';
    const refusal = await client
      .call('cancelRun', { params: { runId }, body: { actor: 'ada', idempotencyKey: 'once' } })
      .then(() => ({ code: 'accepted', retry: '' }), toErrorInfo);
    const { code, retry } = refusal;
    context.expect(retry === 'later', `the gateway answered ${JSON.stringify(refusal)} without a bus`);
    gatewayToBus.mend();
    return {
      runs: engine.started.length,
      commands: some,
      deliveriesWithoutPostgres: stormed,
      gatewayWithoutBus: code,
    };
  },
};

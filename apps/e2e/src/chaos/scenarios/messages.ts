import { randomUUID } from 'node:crypto';
import { commandConsumer, TASK_RESULT } from '@trimtab/contracts';
import type { TaskCommandData } from '@trimtab/contracts';
import type { Envelope } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { Delivery } from '@trimtab/messaging';
import { headers as newHeaders } from '@nats-io/nats-core';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { NatsWire } from '../stack/nats-wire.js';
import { orderOf, orders } from '../workflows.js';

const patience = { timeoutMs: 60_000 };
const COPY = 'Chaos-Copy';

/** Sends each message of the work queues three times more: once under its id, twice under others, late and in any order. */
function repeatEverything(engine: Engine, context: ChaosContext): () => number {
  const { nc } = engine.people.bus;
  let copies = 0;
  for (const subject of ['trimtab.cmd.>', 'trimtab.res.>', 'trimtab.evt.>'])
    nc.subscribe(subject, {
      callback: (_error, msg) => {
        if (msg.headers?.has(COPY)) return;
        for (const id of [msg.headers?.get('Nats-Msg-Id') ?? '', randomUUID(), randomUUID()]) {
          const headers = newHeaders();
          for (const [name, values] of msg.headers ?? [])
            for (const value of values) headers.append(name, value);
          headers.set('Nats-Msg-Id', id);
          headers.set(COPY, 'yes');
          copies += 1;
          const again = (): void => void (nc.isClosed() || nc.publish(msg.subject, msg.data, { headers }));
          setTimeout(again, context.random.between(0, 1_500));
        }
      },
    });
  return () => copies;
}

/** Loses acknowledgements of messages, and of publications. */
async function losing(context: ChaosContext, target: string, percent: number): Promise<NatsWire> {
  const wire = await NatsWire.before(target);
  wire.loses = ({ verb, subject, payload }) => {
    const acknowledges = verb.endsWith('PUB') && subject.startsWith('$JS.ACK.') && payload.includes('+ACK');
    const confirms = verb.endsWith('MSG') && payload.includes('{"stream":"') && payload.includes('"seq":');
    return (acknowledges || confirms) && context.random.between(1, 100) <= percent;
  };
  context.later(() => wire.close());
  return wire;
}

export const messagesRepeated: Scenario = {
  fault: 10,
  title:
    'every message three times more, also under other ids (after the dedupe window) and late; 10 % of acks and pub-acks are lost',
  promise: 'each effect takes place once; the state machine does not mind',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ orchestrators: 0, workers: 0 });
    const percent = context.of(0, 10);
    const wires = await Promise.all([0, 1].map(() => losing(context, engine.natsUrl, percent)));
    await Promise.all([
      engine.orchestrator({ NATS_URL: wires[0]?.url ?? '' }),
      engine.worker({ NATS_URL: wires[1]?.url ?? '' }),
    ]);
    const copies = repeatEverything(engine, context);
    await engine.beginAll(orders(context.random, context.of(10, 60), 200));
    await context.expectEnds(engine, 300_000);
    const lost = wires.reduce((sum, { dropped }) => sum + dropped, 0);
    context.expect(
      copies() > 0 && (percent === 0 || lost > 0),
      'nothing was repeated or lost: nothing was tested',
    );
    context.expect(
      engine.provider.repeated().length === 0,
      `repeated: ${engine.provider.repeated().join(', ')}`,
    );
    const effects = engine.provider.effects.length;
    return {
      runs: engine.started.length,
      copies: copies(),
      acknowledgementsLost: lost,
      effects,
      repeatedEffects: 0,
    };
  },
};

const utf8 = new TextEncoder();
const event = (more: object): Uint8Array =>
  utf8.encode(
    JSON.stringify({ specversion: '1.0', id: randomUUID(), source: '/x', type: 'x.y.v1', ...more }),
  );
const poison: Readonly<Record<string, Uint8Array>> = {
  'undecodable JSON': utf8.encode('{"poison":'),
  'invalid UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  'no attributes': utf8.encode('{"specversion":"1.0"}'),
  'wrong specversion': event({ specversion: '9.9' }),
  'no command': event({ data: 7 }),
  nothing: new Uint8Array(0),
};

export const poisoned: Scenario = {
  fault: 11,
  title:
    'poison: undecodable JSON, invalid UTF-8, missing attributes, wrong specversion, nothing at all; as command and as result',
  promise:
    'a dead letter with its reason, never a crash loop, never acknowledged away; replaying one sends it again',
  async run(context): Promise<Figures> {
    const engine = await context.engine();
    const pids = engine.pids();
    const client = await engine.gateway();
    const times = context.of(1, 20);
    for (let i = 0; i < times; i += 1)
      for (const bytes of Object.values(poison)) {
        await engine.people.bus.publishRaw('trimtab.cmd.chaos.default.work', bytes);
        await engine.people.bus.publishRaw('trimtab.res.0.nobody', bytes);
      }
    await engine.beginAll(orders(context.random, 5));
    await context.expectEnds(engine);
    const wanted = times * Object.keys(poison).length * 2;
    const letters = async () => (await client.call('listDeadLetters', { query: { limit: 1_000 } })).items;
    const kept = await eventually(
      async () => (await letters()).length >= wanted && letters(),
      patience,
    ).catch(letters);
    context.expect(kept.length === wanted, `${kept.length} dead letters of ${wanted} poisoned messages`);
    context.expect(
      kept.every(({ reason }) => reason !== ''),
      'a dead letter has no reason',
    );
    const letter = kept.find(({ service }) => service === 'chaos');
    const body = { actor: 'ada', reason: 'see whether it comes back', idempotencyKey: randomUUID() };
    if (letter) await client.call('replayDeadLetter', { params: { id: letter.id }, body });
    await eventually(async () => (await letters()).length > wanted, patience).catch(() =>
      context.expect(false, 'a replayed dead letter did not come back as one'),
    );
    context.expect(String(engine.pids()) === String(pids), 'a process ended');
    const reasons = [...new Set(kept.map(({ reason }) => reason))].sort().join(' ');
    return { poisoned: wanted, deadLetters: kept.length, reasons };
  },
};

/** Answers a command as workers of other versions would: first one that nobody knows yet, then one with more in it. */
async function answerFromTheFuture(
  engine: Engine,
  { envelope }: Delivery<TaskCommandData>,
): Promise<typeof ack> {
  const now = new Date().toISOString();
  const data = {
    status: 'completed',
    output: { n: 1, more: true },
    startedAt: now,
    endedAt: now,
    worker: 'new',
    more: { than: 'known' },
  };
  const { runid, taskid, attempt, traceparent } = envelope;
  const result = {
    specversion: '1.0',
    source: '/trimtab/chaos',
    time: now,
    runid,
    taskid,
    attempt,
    traceparent,
    fencetoken: `${attempt}.1`,
    novelty: 'yes',
    data,
  };
  for (const type of [TASK_RESULT.replace('.v1', '.v9'), TASK_RESULT])
    await engine.people.bus.publish(envelope.data.replyTo, { ...result, id: randomUUID(), type } as Envelope);
  return ack;
}

export const schemaSkew: Scenario = {
  fault: 13,
  title: 'messages of newer workers (more fields), and of a version that nobody knows',
  promise: 'what is compatible works, what is unknown is parked',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workers: 0 });
    const { bus } = engine.people;
    const consumer = commandConsumer('chaos');
    await bus.provision({ streams: [], consumers: [consumer] });
    bus.consume({
      ...consumer,
      service: 'chaos',
      onMessage: (delivery) => answerFromTheFuture(engine, delivery as Delivery<TaskCommandData>),
    });
    await engine.beginAll(
      Array.from({ length: context.of(3, 30) }, (_, n) => ({
        ...orderOf('chain', n),
        expected: { status: 'COMPLETED' },
      })),
    );
    await context.expectEnds(engine);
    const jsm = await bus.jsm();
    const parked = (await jsm.streams.info('DLQ')).state.messages;
    context.expect(
      parked === engine.started.length * 3,
      `${parked} results of an unknown version are parked, not ${engine.started.length * 3}`,
    );
    return { runs: engine.started.length, resultsWithMore: parked, resultsParked: parked };
  },
};

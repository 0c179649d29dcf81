/* eslint-disable @nx/enforce-module-boundaries -- specs of an adapter run on the real server */
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { startNats } from '@trimtab/embedded';
import type { NatsServer } from '@trimtab/embedded';
import { testFolder } from '@trimtab/embedded/testing';
import { connectMessaging } from '../src/index.js';
import { eventually } from '../src/testing.js';
import type { ConsumeOptions, ConsumerSpec, Consumption, Messaging, Topology } from '../src/index.js';

/** A real nats-server with connections that end with it. */
export interface Bus {
  readonly nats: NatsServer;
  connect(options?: {
    ackTimeoutMs?: number;
    maxOutstanding?: number;
    maxOutstandingBytes?: number;
  }): Promise<Messaging>;
  dispose(): Promise<void>;
}

/** A machine that stands still for a while is no failure of the broker. */
const patient = { firstConnectMs: 60_000, apiTimeoutMs: 60_000 };

export async function startBus(): Promise<Bus> {
  const folder = testFolder();
  const nats = await startNats({ dataDir: folder });
  const open: Messaging[] = [];
  return {
    nats,
    connect: async (options = {}) => {
      const messaging = await connectMessaging({ url: nats.url, name: 'spec', ...patient, ...options });
      open.push(messaging);
      return messaging;
    },
    dispose: async () => {
      await Promise.all(open.map((messaging) => messaging.close(1_000)));
      await nats.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for acknowledgements much longer than a machine stands still: what comes twice was to come twice. */
export const working = {
  stream: 'CMD',
  durable: 'worker',
  service: 'worker',
  ackWaitMs: 60_000,
  maxDeliver: 3,
};

/** For what is about the end of the ack wait. */
export const hasty = { ...working, durable: 'hasty', ackWaitMs: 1_000 };

export const consumerOf = ({ durable, ackWaitMs }: typeof working): ConsumerSpec => ({
  stream: 'CMD',
  durable,
  filterSubjects: [`trimtab.cmd.${durable}.>`],
  ackWaitMs,
  maxDeliver: 3,
  maxAckPending: 256,
});

export const topology: Topology = {
  streams: [
    { name: 'CMD', subjects: ['trimtab.cmd.>'], retention: 'workqueue', discard: 'new' },
    { name: 'DLQ', subjects: ['trimtab.dlq.>'], retention: 'limits', discard: 'new' },
    { name: 'EVT', subjects: ['trimtab.evt.>'], retention: 'limits', discard: 'old' },
    {
      name: 'ADV',
      subjects: [
        '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>',
        '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>',
      ],
      retention: 'limits',
      discard: 'old',
    },
  ],
  consumers: [consumerOf(working), consumerOf(hasty)],
};

/** A bus for all specs of a file; before each its streams are empty, after each its consumer is stopped. */
export function busForSpecs() {
  let bus: Bus;
  let messaging: Messaging;
  let consumption: Consumption | undefined;
  beforeAll(async () => {
    bus = await startBus();
    messaging = await bus.connect();
  });
  afterAll(() => bus.dispose());
  beforeEach(async () => {
    const jsm = await messaging.jsm();
    for (const { name } of topology.streams) await jsm.streams.delete(name).catch(() => undefined);
    await eventually(() => messaging.provision(topology).then(() => true));
  });
  afterEach(async () => {
    await consumption?.stop(500);
    consumption = undefined;
  });
  return {
    bus: () => bus,
    messaging: () => messaging,
    consume: (options: Partial<ConsumeOptions> & Pick<ConsumeOptions, 'onMessage'>): Consumption =>
      (consumption = messaging.consume({ ...working, retryDelayMs: () => 10, ...options })),
    /** Messages in a stream. */
    left: async (stream: string): Promise<number> =>
      (await (await messaging.jsm()).streams.info(stream)).state.messages,
  };
}

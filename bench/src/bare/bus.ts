import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';

/** As the engine has them, in one partition. */
const STREAMS = [
  { name: 'CMD', subject: 'trimtab.cmd.>', retention: 'workqueue' },
  { name: 'RES', subject: 'trimtab.res.>', retention: 'workqueue' },
  { name: 'EVT', subject: 'trimtab.evt.>', retention: 'limits' },
] as const;
const IN_HAND = 256;

export interface Bus {
  readonly nc: NatsConnection;
  /** Resolves when the broker has it. */
  publish(subject: string, batch: readonly object[]): Promise<unknown>;
  consume(stream: 'CMD' | 'RES', onMessage: (message: JsMsg) => void): Promise<void>;
}

export async function openBus(url: string): Promise<Bus> {
  const nc = await connect({ servers: url });
  const jsm = await jetstreamManager(nc);
  for (const { subject, ...stream } of STREAMS) await jsm.streams.add({ ...stream, subjects: [subject] });
  const js = jetstream(nc);
  return {
    nc,
    publish: (subject, batch) => js.publish(subject, JSON.stringify(batch)),
    consume: async (stream, callback) => {
      await jsm.consumers.add(stream, { durable_name: 'bare', ack_policy: 'explicit' });
      const consumer = await js.consumers.get(stream, 'bare');
      await consumer.consume({ max_messages: IN_HAND, callback });
    },
  };
}

/** Tells the other process that this one is ready, and ends with it. */
export function ready(): void {
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
}

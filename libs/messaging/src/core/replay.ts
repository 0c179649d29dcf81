import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import type { ConsumerMessages, OrderedConsumerOptions } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Envelope } from '@trimtab/kernel';
import { decode } from '../codec/decode.js';
import { headerMap } from '../codec/encode.js';
import type { LoggerPort } from '../connection/logger.port.js';

export interface ReplayOptions {
  readonly stream: string;
  readonly filterSubjects?: readonly string[];
  /** An instant or a stream sequence to start from; the beginning unless told. */
  readonly from?: Date | number;
  /** Awaited, so that messages come one after the other; an error ends the replay. */
  readonly onMessage: (
    envelope: Envelope,
    at: { subject: string; sequence: number; time: Date },
  ) => Promise<void> | void;
  /** Goes on with what comes later, until stopped; else ends after the last message that is there. */
  readonly live: boolean;
  readonly log: LoggerPort;
  /** For each answer of JetStream (5 s). */
  readonly timeoutMs?: number | undefined;
}

export interface Replay {
  /** Resolves when everything there was delivered (`live: false`) or when stopped; rejects when `onMessage` failed. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

/** Reads a stream in order without leaving a trace on the broker (an ordered consumer; nothing is acknowledged). */
export async function replay(nc: NatsConnection, options: ReplayOptions): Promise<Replay> {
  const js = jetstream(nc, { timeout: options.timeoutMs ?? 5_000 });
  const consumer = await js.consumers.get(options.stream, orderedOptions(options));
  const info = await consumer.info(true);
  if (!options.live && info.num_pending === 0)
    return { finished: Promise.resolve(), stop: () => Promise.resolve() };
  const messages = await consumer.consume({ max_messages: 256 });
  const finished = readAll(messages, options);
  finished.catch(() => undefined);
  return {
    finished,
    stop: async () => {
      await messages.close();
      await finished.catch(() => undefined);
    },
  };
}

async function readAll(messages: ConsumerMessages, options: ReplayOptions): Promise<void> {
  for await (const msg of messages) {
    const decoded = decode(msg.data, headerMap(msg.headers));
    const at = { subject: msg.subject, sequence: msg.seq, time: msg.time };
    if (decoded.ok) await options.onMessage(decoded.envelope, at);
    else options.log.warn('a message was skipped in a replay', { ...at, reason: decoded.reason });
    if (!options.live && msg.info.pending === 0) break;
  }
}

function orderedOptions({ from, filterSubjects }: ReplayOptions): Partial<OrderedConsumerOptions> {
  const filter = filterSubjects ? { filter_subjects: [...filterSubjects] } : {};
  if (from instanceof Date) {
    return { ...filter, deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() };
  }
  if (from !== undefined)
    return { ...filter, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from };
  return { ...filter, deliver_policy: DeliverPolicy.All };
}

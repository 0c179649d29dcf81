import { JetStreamApiError } from '@nats-io/jetstream';
import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import { deadLetterOf, publishDeadLetter } from './dead-letter.js';
import type { DeadLetterPort, DeadLetterRecord } from './dead-letter.js';

/** What the broker says of a message that it will not deliver again (`MAX_DELIVERIES` and `MSG_TERMINATED`). */
export interface GivenUpAdvisory {
  readonly type: string;
  readonly stream: string;
  readonly consumer: string;
  readonly stream_seq: number;
  readonly deliveries: number;
  readonly reason?: string;
}

export const MAX_DELIVERIES_TYPE = 'io.nats.jetstream.advisory.v1.max_deliver';
export const TERMINATED_TYPE = 'io.nats.jetstream.advisory.v1.terminated';
const NO_MESSAGE = new Set([10_037, 10_057]);

/** Subject of the advisories of one consumer, for the filter of a durable consumer on the stream that captures them. */
export const maxDeliveriesSubject = (stream: string, durable: string): string =>
  `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream}.${durable}`;

/** Undefined when the bytes are no such advisory. */
export function readAdvisory(bytes: Uint8Array): GivenUpAdvisory | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<GivenUpAdvisory>;
    const known = value.type === MAX_DELIVERIES_TYPE || value.type === TERMINATED_TYPE;
    if (!known || !value.stream || !value.consumer || !value.stream_seq) return undefined;
    return { deliveries: 0, ...value } as GivenUpAdvisory;
  } catch {
    return undefined;
  }
}

export interface BuryOptions {
  readonly service: string;
  readonly onDeadLetter?: (letter: DeadLetterRecord) => Promise<void>;
  /** Takes the message out of its stream afterwards: right for work queues, wrong for streams that others read. */
  readonly removeFromStream: boolean;
}

/**
 * Turns a message that ran out of deliveries (its consumer died each time) into a dead letter. Returns the letter, or
 * undefined when the message is gone, which means that somebody settled it after all.
 */
export async function buryGivenUp(
  jsm: JetStreamManager,
  port: DeadLetterPort,
  advisory: GivenUpAdvisory,
  options: BuryOptions,
): Promise<DeadLetterRecord | undefined> {
  const message = await storedMessage(jsm, advisory);
  if (!message) return undefined;
  const source = {
    stream: advisory.stream,
    consumer: advisory.consumer,
    streamSequence: advisory.stream_seq,
    deliveryCount: advisory.deliveries,
    subject: message.subject,
    raw: message.data,
    originalHeaders: message.header ? [...message.header] : [],
  };
  const why = advisory.reason ?? `gave no answer in ${advisory.deliveries} deliveries`;
  const letter = deadLetterOf(source, options.service, 'max-deliveries', why, new Date());
  await options.onDeadLetter?.(letter);
  await publishDeadLetter(port, letter);
  if (options.removeFromStream) await jsm.streams.deleteMessage(advisory.stream, advisory.stream_seq);
  return letter;
}

async function storedMessage(
  jsm: JetStreamManager,
  advisory: GivenUpAdvisory,
): Promise<StoredMsg | undefined> {
  try {
    return (await jsm.streams.getMessage(advisory.stream, { seq: advisory.stream_seq })) ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && NO_MESSAGE.has(error.code)) return undefined;
    throw error;
  }
}

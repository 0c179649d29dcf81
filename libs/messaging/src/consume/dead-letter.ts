import { AppError } from '@trimtab/kernel';
import type { PubAck } from '../publish/pub-ack.js';
import type { RawDelivery } from './delivery.js';

/** A message that was given up, with everything needed to look at it and to replay it. */
export interface DeadLetterRecord {
  /** `<stream>:<sequence>:<first bytes of a digest>` identifies the refused message over all its deliveries. */
  readonly id: string;
  readonly service: string;
  readonly reason: string;
  readonly error?: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly deliveryCount: number;
  readonly stream: string;
  readonly consumer: string;
  readonly at: string;
}

export interface DeadLetterPort {
  publishRaw(
    subject: string,
    bytes: Uint8Array,
    options: { msgId?: string; headers?: Readonly<Record<string, string>> },
  ): Promise<PubAck>;
}

/** Headers that a dead letter carries beside the original ones. */
export const deadLetterHeaders = {
  reason: 'Trimtab-Dead-Reason',
  error: 'Trimtab-Dead-Error',
  subject: 'Trimtab-Dead-Subject',
  deliveries: 'Trimtab-Dead-Deliveries',
  stream: 'Trimtab-Dead-Stream',
  consumer: 'Trimtab-Dead-Consumer',
  id: 'Trimtab-Dead-Id',
  at: 'Trimtab-Dead-At',
} as const;

export const deadLetterSubject = (service: string, reason: string): string =>
  `trimtab.dlq.${token(service)}.${token(reason)}`;

const token = (text: string): string => text.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60) || 'unknown';

export type DeadLetterSource = Pick<
  RawDelivery,
  'subject' | 'originalHeaders' | 'raw' | 'deliveryCount' | 'stream' | 'consumer' | 'streamSequence'
> & { readonly storedAt?: string };

export function deadLetterOf(
  source: DeadLetterSource,
  service: string,
  reason: string,
  error: unknown,
  at: Date,
): DeadLetterRecord {
  const headers = Object.fromEntries(source.originalHeaders.map(([name, values]) => [name, values[0] ?? '']));
  const identity = headers['Nats-Msg-Id'] ?? headers['ce-id'] ?? String(source.streamSequence);
  return {
    id: `${source.stream}:${source.streamSequence}:${identity}`,
    service,
    reason: token(reason),
    ...(error === undefined ? {} : { error: sentence(error) }),
    subject: source.subject,
    headers,
    body: source.raw,
    deliveryCount: source.deliveryCount,
    stream: source.stream,
    consumer: source.consumer,
    at: at.toISOString(),
  };
}

/** Publishes the original bytes and headers on `trimtab.dlq.<service>.<reason>`. */
export async function publishDeadLetter(port: DeadLetterPort, letter: DeadLetterRecord): Promise<void> {
  const names = deadLetterHeaders;
  const { 'Nats-Msg-Id': _original, ...original } = letter.headers;
  await port.publishRaw(deadLetterSubject(letter.service, letter.reason), letter.body, {
    msgId: `dlq:${letter.id}:${letter.deliveryCount}`,
    headers: {
      ...withoutBrokerHeaders(original),
      [names.reason]: letter.reason,
      [names.error]: letter.error ?? '',
      [names.subject]: letter.subject,
      [names.deliveries]: String(letter.deliveryCount),
      [names.stream]: letter.stream,
      [names.consumer]: letter.consumer,
      [names.id]: letter.id,
      [names.at]: letter.at,
    },
  });
}

/** Headers that would make the broker act on the copy (expectations, schedules, roll-ups) stay behind. */
const withoutBrokerHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^nats-/i.test(name)));

function sentence(error: unknown): string {
  const text =
    error instanceof AppError
      ? `${error.code}: ${error.message}`
      : error instanceof Error
        ? error.message
        : String(error);
  return text.replace(/[\r\n]+/g, ' ').slice(0, 1_000);
}

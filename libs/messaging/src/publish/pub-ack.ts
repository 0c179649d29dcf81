import type { Msg } from '@nats-io/nats-core';
import { AppError } from '@trimtab/kernel';

/** The broker's word that a message is stored. */
export interface PubAck {
  readonly stream: string;
  readonly seq: number;
  /** The stream had this message id already, within its duplicate window. */
  readonly duplicate: boolean;
}

export type AckReply =
  { kind: 'ack'; ack: PubAck } | { kind: 'no-stream' } | { kind: 'refused'; error: AppError };

interface RawAck {
  stream?: string;
  seq?: number;
  duplicate?: boolean;
  error?: { code?: number; err_code?: number; description?: string };
}

const TOO_LARGE = 10_054;
const FULL = new Set([10_077, 10_047, 10_023]);

/** What the reply to a publish means. */
export function readAck(msg: Msg, subject: string): AckReply {
  if (msg.data.length === 0 && msg.headers?.code === 503) return { kind: 'no-stream' };
  let raw: RawAck;
  try {
    raw = msg.json<RawAck>();
  } catch (cause) {
    return {
      kind: 'refused',
      error: new AppError('bus.refused', 'The broker answered with something unreadable.', {
        retry: 'later',
        cause,
      }),
    };
  }
  if (raw.error) return { kind: 'refused', error: refusal(raw.error, subject) };
  return {
    kind: 'ack',
    ack: { stream: raw.stream ?? '', seq: raw.seq ?? 0, duplicate: raw.duplicate ?? false },
  };
}

function refusal(error: NonNullable<RawAck['error']>, subject: string): AppError {
  const details = { subject, code: error.err_code ?? error.code };
  if (error.err_code === TOO_LARGE) {
    return new AppError(
      'message.too-large',
      'The stream refuses messages of this size: send a reference to an artifact.',
      { details },
    );
  }
  if (FULL.has(error.err_code ?? 0) || /maximum (messages|bytes)/.test(error.description ?? '')) {
    return new AppError(
      'bus.full',
      `The stream of ${subject} is full: publish again when its consumers have caught up.`,
      {
        retry: 'later',
        details,
      },
    );
  }
  return new AppError(
    'bus.refused',
    `The broker refused ${subject}: ${error.description ?? 'no reason given'}.`,
    {
      retry: 'later',
      details,
    },
  );
}

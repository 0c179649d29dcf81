import { headers as newHeaders, NoRespondersError, RequestError, TimeoutError } from '@nats-io/nats-core';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { Envelope, ErrorInfo } from '@trimtab/kernel';
import { decode } from '../codec/decode.js';
import type { HeaderMap } from '../codec/decode.js';
import { encode, headerMap, STRUCTURED_CONTENT_TYPE } from '../codec/encode.js';
import type { LoggerPort } from '../connection/logger.port.js';
import { tooLarge } from '../publish/failures.js';
import { endSpan, inProcessSpan, withTrace } from '../trace/trace.js';

export type Responder = (envelope: Envelope, headers: HeaderMap) => Promise<unknown> | unknown;

/** An answer as it travels: data, or the error that the asker will see thrown. */
type Answer =
  { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: ErrorInfo };

export interface RespondOptions {
  /** Questions in hand at the same time; more are answered with `bus.busy` (256). */
  readonly concurrency?: number;
  readonly log: LoggerPort;
}

export interface Responding {
  readonly served: number;
  readonly failed: number;
  /** Resolves when the server knows of it: a question asked from then on is answered. Never rejects. */
  readonly ready: Promise<void>;
  /** Takes no more questions and answers those in hand (waits at most `timeoutMs`, 5 s). */
  stop(timeoutMs?: number): Promise<void>;
}

/** Answers requests on a subject; of one queue group each request goes to one member. */
export function respond(
  nc: NatsConnection,
  subject: string,
  queue: string,
  handler: Responder,
  options: RespondOptions,
): Responding {
  const open = new Set<Promise<void>>();
  const stats = { served: 0, failed: 0 };
  const receive = (msg: Msg): void => {
    if (open.size >= (options.concurrency ?? 256)) return reply(nc, msg, failure(busy()), options.log);
    const work = answer(msg, queue, handler).then((given) => {
      stats[given.ok ? 'served' : 'failed'] += 1;
      reply(nc, msg, given, options.log);
      open.delete(work);
    });
    open.add(work);
  };
  const subscription = nc.subscribe(subject, { queue, callback: (_error, msg) => receive(msg) });
  const ready = nc.flush().catch(() => undefined);
  const stop = async (timeoutMs = 5_000): Promise<void> => {
    await subscription.drain().catch(() => undefined);
    const patience = new Promise((done) => void setTimeout(done, timeoutMs).unref());
    await Promise.race([Promise.all(open), patience]);
  };
  return Object.defineProperties(
    { stop, ready, served: 0, failed: 0 },
    { served: { get: () => stats.served }, failed: { get: () => stats.failed } },
  );
}

async function answer(msg: Msg, queue: string, handler: Responder): Promise<Answer> {
  const headers = headerMap(msg.headers);
  const decoded = decode(msg.data, headers);
  if (!decoded.ok) {
    return failure(
      new AppError('message.undecodable', decoded.message, { details: { reason: decoded.reason } }),
    );
  }
  const { envelope } = decoded;
  try {
    const processing = { subject: msg.subject, envelope, fields: headers, group: queue };
    return { ok: true, data: await inProcessSpan(processing, async () => handler(envelope, headers)) };
  } catch (error) {
    return failure(error);
  }
}

function reply(nc: NatsConnection, msg: Msg, given: Answer, log: LoggerPort): void {
  if (!msg.reply) return;
  try {
    nc.publish(msg.reply, JSON.stringify(given));
  } catch (error) {
    log.warn('an answer could not be sent', { subject: msg.subject, error });
    const refused = new AppError(
      'message.too-large',
      'The answer is larger than a message may be: ask for less.',
    );
    if (!nc.isClosed()) nc.publish(msg.reply, JSON.stringify(failure(refused)));
  }
}

/**
 * Asks and waits for the answer's data. What the responder threw is thrown here, as the same `AppError`.
 *
 * Errors of the way: `bus.no-answer` (nobody listens) and `bus.timeout`, both `later`; `message.too-large`.
 */
export async function request<Reply>(
  nc: NatsConnection,
  subject: string,
  envelope: Envelope,
  timeoutMs: number,
): Promise<Reply> {
  const out = withTrace(subject, envelope);
  try {
    const bytes = encode(out.envelope);
    const max = nc.info?.max_payload ?? Infinity;
    if (bytes.length > max) throw tooLarge(bytes.length, max);
    const msg = await nc.request(subject, bytes, {
      timeout: timeoutMs,
      headers: requestHeaders(out.envelope),
    });
    const given = msg.json<Answer>();
    if (!given.ok) throw thrown(given.error);
    endSpan(out.span);
    return given.data as Reply;
  } catch (error) {
    const mapped = failureOfRequest(error, subject, timeoutMs);
    endSpan(out.span, mapped);
    throw mapped;
  }
}

function requestHeaders({ traceparent, tracestate }: Envelope): MsgHdrs {
  const headers = newHeaders();
  headers.set('content-type', STRUCTURED_CONTENT_TYPE);
  if (traceparent) headers.set('traceparent', traceparent);
  if (tracestate) headers.set('tracestate', tracestate);
  return headers;
}

function failureOfRequest(error: unknown, subject: string, timeoutMs: number): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())) {
    return new AppError('bus.no-answer', `Nobody answers ${subject} now: try again when the service is up.`, {
      retry: 'later',
      cause: error,
    });
  }
  if (
    error instanceof TimeoutError ||
    (error instanceof RequestError && error.cause instanceof TimeoutError)
  ) {
    return new AppError(
      'bus.timeout',
      `No answer on ${subject} within ${timeoutMs} ms: its outcome is unknown, ask again with the same key.`,
      {
        retry: 'later',
        cause: error,
      },
    );
  }
  return new AppError('bus.unavailable', `The question on ${subject} could not be sent: ${String(error)}.`, {
    retry: 'later',
    cause: error,
  });
}

const thrown = (info: ErrorInfo): AppError =>
  new AppError(info.code, info.message, { retry: info.retry, details: info.details ?? {} });
const failure = (error: unknown): Answer => ({ ok: false, error: toErrorInfo(error) });
const busy = (): AppError =>
  new AppError('bus.busy', 'Too many questions at once: ask again in a moment.', { retry: 'later' });

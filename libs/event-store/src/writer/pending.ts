import { AppError } from '@trimtab/kernel';
import type { AppendOptions, Attachment, NewEvent } from '../log/event.js';
import type { EncodedAttachment } from './attachments.js';
import { encodeAttachment } from './attachments.js';

/** An event with its data as JSON text and its time in milliseconds since 1970. */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly at: number;
}

export interface AppendRequest {
  readonly partition: number;
  readonly stream: string;
  readonly expectedVersion: number;
  readonly events: readonly EncodedEvent[];
  readonly attachments: readonly EncodedAttachment[];
  readonly bytes: number;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
/** What Postgres takes in one parameter is 1 GB; more than this in one decision is a mistake of the caller. */
const MAX_APPEND_BYTES = 32 * 1024 * 1024;
/** A guess of what a row costs besides its text. */
const ROW_BYTES = 100;

/** Checks and encodes an append before it is queued, so that its cost falls while the last commit is in flight. */
export function encodeAppend(
  partition: number,
  stream: string,
  expectedVersion: number,
  events: readonly NewEvent[],
  options: AppendOptions,
): AppendRequest {
  if (stream === '' || !Number.isSafeInteger(expectedVersion) || expectedVersion < 0) {
    throw invalid(`Name a stream and its version (got "${stream}" at ${expectedVersion}).`, stream);
  }
  const encoded = events.map((event) => encodeEvent(event, stream));
  const attachments = encodeAttachments(options, stream);
  let bytes = ROW_BYTES * encoded.length;
  for (const event of encoded) bytes += event.data.length;
  for (const attachment of attachments) bytes += attachment.bytes;
  if (bytes > MAX_APPEND_BYTES) {
    throw new AppError(
      'append.too-large',
      `An append of ${bytes} bytes is refused: put what is larger than 64 KB into an artifact and store its reference.`,
      { details: { stream, bytes } },
    );
  }
  return { partition, stream, expectedVersion, events: encoded, attachments, bytes };
}

function encodeAttachments(options: AppendOptions, stream: string): EncodedAttachment[] {
  const inputs = (options.inputIds ?? []).map((key): Attachment => ({ kind: 'idempotency', key }));
  try {
    return [...inputs, ...(options.attachments ?? [])].map(encodeAttachment);
  } catch (cause) {
    throw invalid(`An attachment cannot be stored: ${String(cause)}.`, stream, cause);
  }
}

function encodeEvent(event: NewEvent, stream: string): EncodedEvent {
  const at = Date.parse(event.at);
  const data = jsonOf(event.data, stream);
  if (!UUID.test(event.id)) throw invalid(`Event id "${event.id}" is not a UUID.`, stream);
  if (Number.isNaN(at)) throw invalid(`Event time "${event.at}" is not RFC 3339.`, stream);
  return { id: event.id, type: event.type, data, at };
}

function jsonOf(data: unknown, stream: string): string {
  try {
    return (JSON.stringify(data) as string | undefined) ?? 'null';
  } catch (cause) {
    throw invalid(`Event data is not JSON: ${String(cause)}.`, stream, cause);
  }
}

function invalid(message: string, stream: string, cause?: unknown): AppError {
  return new AppError('append.invalid', message, { details: { stream }, cause });
}

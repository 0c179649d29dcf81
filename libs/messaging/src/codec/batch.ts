import type { Envelope } from '@trimtab/kernel';
import { decode, decodeValue, MAX_MESSAGE_BYTES } from './decode.js';
import type { Decoded, DecodeFailure, HeaderMap } from './decode.js';
import { encode } from './encode.js';
import { faultOfValue, inspectParsed } from './json-guard.js';

/** Several CloudEvents in one message (CloudEvents JSON batch format). */
export const BATCH_CONTENT_TYPE = 'application/cloudevents-batch+json';

const utf8 = new TextEncoder();
const reader = new TextDecoder('utf-8', { fatal: true });

/** One event of a batch: read on its own, so that a bad one does not spoil the others. */
export interface BatchEntry {
  readonly decoded: Decoded;
  /** The event alone, in structured mode: for its dead letter, or to send it by itself. */
  readonly bytes: () => Uint8Array;
}

export type DecodedBatch = { readonly ok: true; readonly entries: readonly BatchEntry[] } | DecodeFailure;

export const isBatch = (headers: HeaderMap): boolean =>
  headers['content-type']?.startsWith('application/cloudevents-batch') === true;

/** Events as the elements of a batch; join them with `batchOf`. */
export const encodeEntry = (envelope: Envelope): string => JSON.stringify(envelope);

/** Written part by part: the text of a whole batch would be copied twice. */
export function batchOf(entries: readonly string[]): Uint8Array {
  let size = 1 + Math.max(1, entries.length);
  for (const entry of entries) size += Buffer.byteLength(entry);
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const entry of entries) {
    bytes[at] = at === 0 ? OPEN : COMMA;
    at += 1 + bytes.write(entry, at + 1);
  }
  if (at === 0) bytes[at++] = OPEN;
  bytes[at] = CLOSE;
  return bytes;
}

const [OPEN = 0, COMMA = 0, CLOSE = 0] = utf8.encode('[,]');

/** Never throws: a message that is no batch comes back as a failure, an event that is no event as a bad entry. */
export function decodeBatch(bytes: Uint8Array): DecodedBatch {
  const parsed = parse(bytes);
  if (!parsed) {
    const why = decode(bytes);
    return why.ok ? fail('The message is not a batch.') : why;
  }
  const { value, suspect } = parsed;
  if (!Array.isArray(value) || value.length === 0) return fail('A batch is a JSON array of CloudEvents.');
  return { ok: true, entries: value.map((entry) => entryOf(entry, suspect)) };
}

function parse(bytes: Uint8Array): { value: unknown; suspect: boolean } | undefined {
  if (bytes.length > MAX_MESSAGE_BYTES) return undefined;
  try {
    const text = reader.decode(bytes);
    const value = JSON.parse(text) as unknown;
    return { value, suspect: inspectParsed(text, value) !== undefined };
  } catch {
    return undefined;
  }
}

function entryOf(value: unknown, suspect: boolean): BatchEntry {
  const fault = suspect ? faultOfValue(value) : undefined;
  const decoded: Decoded = fault ? { ok: false, ...fault } : decodeValue(value);
  return { decoded, bytes: () => (decoded.ok ? encode(decoded.envelope) : textOf(value)) };
}

function textOf(value: unknown): Uint8Array {
  try {
    return utf8.encode(JSON.stringify(value) ?? 'null');
  } catch {
    return utf8.encode('"an event that nests too deep to be written"');
  }
}

const fail = (message: string): DecodeFailure => ({ ok: false, reason: 'invalid-json', message });

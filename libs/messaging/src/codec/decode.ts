import type { Envelope } from '@trimtab/kernel';
import { inspectJson, inspectParsed, type JsonFault } from './json-guard.js';

/** Why bytes are not a CloudEvent that Trimtab accepts. */
export type DecodeReason =
  | JsonFault
  | 'too-large'
  | 'invalid-utf8'
  | 'invalid-json'
  | 'not-an-object'
  | 'wrong-specversion'
  | 'missing-attribute'
  | 'invalid-attribute'
  | 'unsupported-content';

export interface DecodeFailure {
  readonly ok: false;
  readonly reason: DecodeReason;
  /** A sentence for people, with no more of the content than the attribute's name. */
  readonly message: string;
}

export type Decoded = { readonly ok: true; readonly envelope: Envelope } | DecodeFailure;

/** Headers by lower-case name. */
export type HeaderMap = Readonly<Record<string, string>>;

/** Larger messages are refused before they are parsed, whatever the broker lets through. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const STRUCTURED = 'application/cloudevents';
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
const required = ['id', 'source', 'type'] as const;
const texts = [
  ...required, 'subject', 'time', 'datacontenttype', 'dataschema', 'traceparent', 'tracestate',
  'correlationid', 'causationid', 'runid', 'taskid', 'fencetoken', 'sequence',
] as const; // prettier-ignore

/**
 * A CloudEvent 1.0 in structured or binary mode (NATS binding: attributes in `ce-` headers, percent-encoded).
 * Never throws: what cannot be accepted comes back as a failure with its reason.
 */
export function decode(bytes: Uint8Array, headers: HeaderMap = {}): Decoded {
  if (bytes.length > MAX_MESSAGE_BYTES) return fail('too-large', `The message has ${bytes.length} bytes.`);
  const contentType = headers['content-type'] ?? '';
  const binary = headers['ce-specversion'] !== undefined && !contentType.startsWith(STRUCTURED);
  if (binary) return decodeBinary(bytes, headers, contentType);
  const parsed = parseJson(bytes);
  return 'reason' in parsed ? parsed : decodeValue(parsed.value);
}

function decodeBinary(bytes: Uint8Array, headers: HeaderMap, contentType: string): Decoded {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || name === 'ce-data') continue;
    const text = percentDecoded(value);
    if (text === undefined)
      return fail('invalid-attribute', `The header ${name} is not percent-encoded UTF-8.`);
    attributes[name.slice(3)] = text;
  }
  if (contentType !== '') attributes['datacontenttype'] = contentType;
  if (contentType !== '' && !/\bjson\b/.test(contentType)) {
    return fail('unsupported-content', `Data of type ${contentType} is not accepted: send JSON.`);
  }
  if (bytes.length === 0) return decodeValue(attributes);
  const parsed = parseJson(bytes);
  return 'reason' in parsed ? parsed : decodeValue({ ...attributes, data: parsed.value });
}

function parseJson(bytes: Uint8Array): { value: unknown } | DecodeFailure {
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    return fail('invalid-utf8', 'The message is not valid UTF-8.');
  }
  try {
    const value = JSON.parse(text) as unknown;
    const fault = inspectParsed(text, value);
    return fault ? fail(fault.reason, fault.message) : { value };
  } catch {
    const fault = inspectJson(text);
    return fault ? fail(fault.reason, fault.message) : fail('invalid-json', 'The message is not JSON.');
  }
}

/** A parsed JSON value, which becomes the event; its content was inspected before. */
export function decodeValue(value: unknown): Decoded {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail('not-an-object', 'A CloudEvent is a JSON object.');
  }
  const raw = value as Record<string, unknown>;
  if (raw['specversion'] === undefined) return fail('missing-attribute', 'specversion is missing.');
  if (raw['specversion'] !== '1.0') return fail('wrong-specversion', 'Only specversion 1.0 is accepted.');
  const fault = attributeFault(raw);
  if (fault) return fault;
  raw['time'] ??= '1970-01-01T00:00:00Z';
  if (raw['attempt'] !== undefined) raw['attempt'] = Number(raw['attempt']);
  return { ok: true, envelope: raw as unknown as Envelope };
}

function attributeFault(raw: Record<string, unknown>): DecodeFailure | undefined {
  for (const name of required)
    if (raw[name] === undefined || raw[name] === '') return fail('missing-attribute', `${name} is missing.`);
  for (const name of texts)
    if (raw[name] !== undefined && typeof raw[name] !== 'string')
      return fail('invalid-attribute', `${name} is not a text.`);
  return numberFault(raw);
}

function numberFault({ attempt, time, data_base64 }: Record<string, unknown>): DecodeFailure | undefined {
  if (attempt !== undefined && !isCount(attempt))
    return fail('invalid-attribute', 'attempt is not a whole number.');
  if (time !== undefined && Number.isNaN(Date.parse(time as string)))
    return fail('invalid-attribute', 'time is not an RFC 3339 instant.');
  if (data_base64 !== undefined) return fail('unsupported-content', 'Send JSON data, not data_base64.');
  return undefined;
}

const isCount = (value: unknown): boolean =>
  Number.isInteger(value)
    ? (value as number) >= 0 && (value as number) < 1e9
    : /^\d{1,9}$/.test(String(value));

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const fail = (reason: DecodeReason, message: string): DecodeFailure => ({ ok: false, reason, message });

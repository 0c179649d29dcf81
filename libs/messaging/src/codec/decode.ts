import type { Envelope } from '@trimtab/kernel';
import { inspectJson, type JsonFault } from './json-guard.js';

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
  'subject', 'time', 'datacontenttype', 'dataschema', 'traceparent', 'tracestate',
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
  const fault = inspectJson(text);
  if (fault) return fail(fault.reason, fault.message);
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return fail('invalid-json', 'The message is not JSON.');
  }
}

/** A parsed JSON value as an event; its content was inspected before. */
export function decodeValue(value: unknown): Decoded {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail('not-an-object', 'A CloudEvent is a JSON object.');
  }
  const raw = value as Record<string, unknown>;
  if (raw['specversion'] === undefined) return fail('missing-attribute', 'specversion is missing.');
  if (raw['specversion'] !== '1.0') return fail('wrong-specversion', 'Only specversion 1.0 is accepted.');
  const fault = attributeFault(raw);
  if (fault) return fault;
  const attempt = raw['attempt'];
  const time = raw['time'] ?? '1970-01-01T00:00:00Z';
  const envelope = {
    data: undefined,
    ...raw,
    time,
    ...(attempt === undefined ? {} : { attempt: Number(attempt) }),
  };
  return { ok: true, envelope: envelope as unknown as Envelope };
}

function attributeFault(raw: Record<string, unknown>): DecodeFailure | undefined {
  const missing = required.find((name) => raw[name] === undefined || raw[name] === '');
  if (missing) return fail('missing-attribute', `${missing} is missing.`);
  const odd = [...required, ...texts].find(
    (name) => raw[name] !== undefined && typeof raw[name] !== 'string',
  );
  if (odd) return fail('invalid-attribute', `${odd} is not a text.`);
  if (raw['attempt'] !== undefined && !/^\d{1,9}$/.test(String(raw['attempt']))) {
    return fail('invalid-attribute', 'attempt is not a whole number.');
  }
  if (raw['time'] !== undefined && Number.isNaN(Date.parse(raw['time'] as string))) {
    return fail('invalid-attribute', 'time is not an RFC 3339 instant.');
  }
  if (raw['data_base64'] !== undefined)
    return fail('unsupported-content', 'Send JSON data, not data_base64.');
  return undefined;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const fail = (reason: DecodeReason, message: string): DecodeFailure => ({ ok: false, reason, message });

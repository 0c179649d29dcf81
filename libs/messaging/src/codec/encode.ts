import type { MsgHdrs } from '@nats-io/nats-core';
import type { Envelope } from '@trimtab/kernel';
import type { HeaderMap } from './decode.js';

export const STRUCTURED_CONTENT_TYPE = 'application/cloudevents+json';
const utf8 = new TextEncoder();

/** A CloudEvent in structured mode. */
export const encode = (envelope: Envelope): Uint8Array => utf8.encode(JSON.stringify(envelope));

/** A CloudEvent in binary mode: attributes as percent-encoded `ce-` headers, data as the body. */
export function encodeBinary(envelope: Envelope): { bytes: Uint8Array; headers: Record<string, string> } {
  const { data, datacontenttype, ...attributes } = envelope;
  const headers: Record<string, string> = { 'content-type': datacontenttype ?? 'application/json' };
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) headers[`ce-${name}`] = headerText(String(value));
  }
  return { bytes: utf8.encode(JSON.stringify(data ?? null)), headers };
}

/** Printable ASCII stays; everything else, `%`, `"` and space are percent-encoded (CloudEvents HTTP rules). */
const headerText = (text: string): string =>
  text.replace(/[^!#-$&-~]/gu, (char) => encodeURIComponent(char).replace(/^"$/, '%22'));

/** Headers by lower-case name; of a repeated one, the first. */
export function headerMap(headers: MsgHdrs | undefined): HeaderMap {
  if (!headers) return {};
  const map: Record<string, string> = {};
  for (const [name, values] of headers) map[name.toLowerCase()] ??= values[0] ?? '';
  return map;
}

import type { Envelope } from '@trimtab/kernel';
import { STRUCTURED_CONTENT_TYPE } from '../codec/encode.js';

const utf8 = new TextEncoder();
/** Printable ASCII without the colon, as the broker wants names. */
const NAME = /^[!-9;-~]+$/;
const LINE_BREAKS = /[\r\n]+/g;

/**
 * Headers of one message, put into bytes once: for `publish`, which asks nothing else of them. The client's own headers
 * look up and check every name several times, which costs more than the message.
 */
export class HeaderBytes {
  constructor(readonly bytes: Uint8Array) {}

  /** Throws as `headerText`. */
  static of(headers: Readonly<Record<string, string>>): HeaderBytes {
    return new HeaderBytes(utf8.encode(headerText(headers)));
  }

  encode(): Uint8Array {
    return this.bytes;
  }
}

/** Headers as they stand before the body. Throws a TypeError when a name cannot be a header's. */
export function headerText(headers: Readonly<Record<string, string>>): string {
  let text = 'NATS/1.0\r\n';
  for (const name in headers) {
    if (!NAME.test(name)) throw new TypeError(`"${name}" cannot be the name of a header`);
    text += `${name}: ${(headers[name] ?? '').replace(LINE_BREAKS, ' ')}\r\n`;
  }
  return `${text}\r\n`;
}

/** What the headers of a CloudEvent in structured mode say beside its message id. */
export function eventHeaders({ traceparent, tracestate }: Envelope): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': STRUCTURED_CONTENT_TYPE };
  if (traceparent) headers['traceparent'] = traceparent;
  if (tracestate) headers['tracestate'] = tracestate;
  return headers;
}

/** The same number of a send is de-duplicated by the broker, another one is a deliberate re-send. */
export const messageIdOf = ({ id }: Envelope, sendNumber = 1): string => `${id}:${sendNumber}`;

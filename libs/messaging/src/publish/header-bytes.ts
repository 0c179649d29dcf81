const utf8 = new TextEncoder();
/** Printable ASCII without the colon, as the broker wants names. */
const NAME = /^[!-9;-~]+$/;
const LINE_BREAKS = /[\r\n]+/g;

/**
 * Headers of one message, put into bytes once: for `publish`, which asks nothing else of them. The client's own headers
 * look up and check every name several times, which costs more than the message.
 */
export class HeaderBytes {
  readonly bytes: Uint8Array;

  /** Throws a TypeError when a name cannot be a header's. */
  constructor(headers: Readonly<Record<string, string>>) {
    let text = 'NATS/1.0\r\n';
    for (const name in headers) {
      if (!NAME.test(name)) throw new TypeError(`"${name}" cannot be the name of a header`);
      text += `${name}: ${(headers[name] ?? '').replace(LINE_BREAKS, ' ')}\r\n`;
    }
    this.bytes = utf8.encode(`${text}\r\n`);
  }

  encode(): Uint8Array {
    return this.bytes;
  }
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anEnvelope } from '../testing.js';
import { decode } from './decode.js';
import { encode, encodeBinary } from './encode.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const event = (more: object): Uint8Array => bytes(JSON.stringify({ ...anEnvelope(), ...more }));
const reasonOf = (message: Uint8Array, headers = {}): string => {
  const decoded = decode(message, headers);
  return decoded.ok ? 'ok' : decoded.reason;
};
const json = fc
  .jsonValue({ maxDepth: 5 })
  .filter((value) => !JSON.stringify(value).match(/__proto__|\\u|"-0/));

describe('decoding a CloudEvent', () => {
  it('gives back what was encoded in structured mode', () => {
    fc.assert(
      fc.property(json, (data) => {
        const envelope = anEnvelope({ data, runid: 'r1', taskid: 'inventory[3]', attempt: 2 });
        expect(decode(encode(envelope))).toEqual({
          ok: true,
          envelope: JSON.parse(JSON.stringify(envelope)),
        });
      }),
    );
  });

  it('gives back what was encoded in binary mode, whatever characters the attributes hold', () => {
    fc.assert(
      fc.property(json, fc.string({ unit: 'grapheme', minLength: 1 }), (data, subject) => {
        const envelope = anEnvelope({ data, subject: `s${subject}`, attempt: 1 });
        const { bytes: body, headers } = encodeBinary(envelope);
        expect(Object.values(headers).every((value) => /^[ -~]*$/.test(value))).toBe(true);
        expect(decode(body, headers)).toEqual({ ok: true, envelope: JSON.parse(JSON.stringify(envelope)) });
      }),
    );
  });

  it('never throws, whatever the bytes and headers are', () => {
    const headers = fc.dictionary(
      fc.constantFrom('content-type', 'ce-specversion', 'ce-id', 'ce-type'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.uint8Array(), headers, (body, map) => typeof decode(body, map).ok === 'boolean'),
    );
  });

  it.each([
    ['invalid-json', bytes('{"specversion":')],
    ['invalid-utf8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)],
    ['not-an-object', bytes('[1]')],
    ['not-an-object', bytes('null')],
    ['missing-attribute', bytes('{}')],
    ['missing-attribute', event({ id: '' })],
    ['missing-attribute', event({ source: undefined })],
    ['wrong-specversion', event({ specversion: '0.3' })],
    ['invalid-attribute', event({ type: 7 })],
    ['invalid-attribute', event({ runid: {} })],
    ['invalid-attribute', event({ attempt: 'many' })],
    ['invalid-attribute', event({ time: 'yesterday' })],
    ['unsupported-content', event({ data_base64: 'AA==' })],
    ['too-deep', bytes('['.repeat(100_000) + ']'.repeat(100_000))],
    ['too-deep', bytes('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))],
    ['forbidden-key', bytes('{"specversion":"1.0","data":{"__proto__":{"admin":true}}}')],
    ['forbidden-key', bytes('{"specversion":"1.0","data":[{"\\u005f_proto__":1}]}')],
    ['forbidden-key', bytes('{"specversion":"1.0","data":{"__pr\\u006fto__":1}}')],
    ['forbidden-value', bytes('{"specversion":"1.0","data":1e400}')],
    ['forbidden-value', bytes(`{"specversion":"1.0","data":[{"n":-${'9'.repeat(400)}}]}`)],
    ['too-deep', bytes('['.repeat(100_000))],
    ['too-deep', bytes(`{"data":${'['.repeat(100)}${']'.repeat(100)}}`)],
    ['forbidden-value', bytes('{"specversion":"1.0","data":"a\\u0000b"}')],
    ['forbidden-value', bytes('{"specversion":"1.0","data":"\\ud800"}')],
    ['too-large', new Uint8Array(8 * 1024 * 1024 + 1)],
  ])('refuses with %s', (reason, message) => {
    expect(reasonOf(message)).toBe(reason);
  });

  it('refuses binary data that is not JSON and headers that are not percent-encoded', () => {
    const { headers } = encodeBinary(anEnvelope());
    expect(reasonOf(bytes('a,b'), { ...headers, 'content-type': 'text/csv' })).toBe('unsupported-content');
    expect(reasonOf(bytes('1'), { ...headers, 'ce-subject': '100%' })).toBe('invalid-attribute');
  });

  it('accepts brackets in texts, however many there are', () => {
    expect(reasonOf(event({ data: `${'['.repeat(1_000)}\\"${'{'.repeat(1_000)}` }))).toBe('ok');
  });
});

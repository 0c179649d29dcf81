const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Ids made in the same millisecond begin alike. */
let begin = { now: Number.NaN, hex: '' };

/**
 * A UUID version 7 (RFC 9562): sorts by creation time. Time (milliseconds since 1970) and randomness, of which sixteen bytes
 * from `from` on are looked at, come from the caller's runtime.
 */
export function uuidv7(now: number, random: Uint8Array, from = 0): string {
  if (begin.now !== now) begin = { now, hex: timeOf(now) };
  let at = 0;
  for (let i = 6; i < 16; i += 1) {
    const byte = stamped(i, random[from + i] ?? 0);
    codes[at++] = CODES[byte >>> 4] as number;
    codes[at++] = CODES[byte & 0x0f] as number;
    if (i === 7 || i === 9) codes[at++] = DASH;
  }
  return begin.hex + String.fromCharCode.apply(null, codes);
}

/** The byte with the bits that say version and variant. */
function stamped(i: number, byte: number): number {
  if (i === 6) return 0x70 | (byte & 0x0f);
  return i === 8 ? 0x80 | (byte & 0x3f) : byte;
}

const DASH = 0x2d;
const CODES = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Put together as one text at the end: twenty small ones would be twenty objects. */
const codes = new Array<number>(22).fill(0);

const hex = (byte: number): string => HEX[byte & 0xff] as string;

function timeOf(now: number): string {
  const high = Math.floor(now / 0x1_0000_0000);
  const low = now % 0x1_0000_0000;
  return `${hex(high >>> 8)}${hex(high)}${hex(low >>> 24)}${hex(low >>> 16)}-${hex(low >>> 8)}${hex(low)}-`;
}

/** Randomness in stock: asking the runtime for sixteen bytes costs as much as for four thousand. */
const stock = new Uint8Array(4_096);
let used = stock.length;

/** A new UUID version 7 from the runtime's clock and cryptographic randomness. */
export function newId(clock: { now(): Date }): string {
  if (used === stock.length) {
    globalThis.crypto.getRandomValues(stock);
    used = 0;
  }
  used += 16;
  return uuidv7(clock.now().getTime(), stock, used - 16);
}

/** The W3C trace id (32 hex digits) of a run: one run, one trace. */
export const traceIdOf = (runId: string): string => runId.replaceAll('-', '').toLowerCase();

/** A W3C span id (16 hex digits) that is the same for the same name within a run. */
export function spanIdOf(runId: string, name: string): string {
  const half = (seed: string): string => {
    let hash = 0x811c9dc5;
    for (let i = 0; i < seed.length; i += 1) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
    return hex(hash >>> 24) + hex(hash >>> 16) + hex(hash >>> 8) + hex(hash);
  };
  return half(`${runId}/${name}/a`) + half(`b/${name}/${runId}`);
}

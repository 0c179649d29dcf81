const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Ids made in the same millisecond begin alike. */
let begin = { now: Number.NaN, hex: '' };

/**
 * A UUID version 7 (RFC 9562): sorts by creation time. Time (milliseconds since 1970) and randomness, of which sixteen bytes
 * from `from` on are looked at, come from the caller's runtime.
 */
export function uuidv7(now: number, random: Uint8Array, from = 0): string {
  if (begin.now !== now) begin = { now, hex: timeOf(now) };
  const at = (i: number): number => random[from + i] ?? 0;
  return (
    `${begin.hex}${hex(0x70 | (at(6) & 0x0f))}${hex(at(7))}-${hex(0x80 | (at(8) & 0x3f))}${hex(at(9))}-` +
    `${hex(at(10))}${hex(at(11))}${hex(at(12))}${hex(at(13))}${hex(at(14))}${hex(at(15))}`
  );
}

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

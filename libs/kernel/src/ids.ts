/** A UUID version 7 (RFC 9562): sorts by creation time. Randomness and time come from the caller's runtime. */
export function uuidv7(now: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  bytes.set(random.subarray(0, 16));
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A new UUID version 7 from the runtime's clock and cryptographic randomness. */
export function newId(clock: { now(): Date }): string {
  return uuidv7(clock.now().getTime(), globalThis.crypto.getRandomValues(new Uint8Array(16)));
}

/** The W3C trace id (32 hex digits) of a run: one run, one trace. */
export const traceIdOf = (runId: string): string => runId.replaceAll('-', '').toLowerCase();

/** A W3C span id (16 hex digits) that is the same for the same name within a run. */
export function spanIdOf(runId: string, name: string): string {
  const half = (seed: string): string => {
    let hash = 0x811c9dc5;
    for (let i = 0; i < seed.length; i += 1) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, '0');
  };
  return half(`${runId}/${name}/a`) + half(`b/${name}/${runId}`);
}

export { parseDuration } from '@trimtab/kernel';

/** The instant that was read last: all questions of one decision start from the same. */
let read = { at: '', ms: Number.NaN };

/** The instant `milliseconds` after `at`, RFC 3339 UTC. */
export function later(at: string, milliseconds: number): string {
  if (read.at !== at) read = { at, ms: Date.parse(at) };
  return new Date(read.ms + milliseconds).toISOString();
}

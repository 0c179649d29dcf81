export { parseDuration } from '@trimtab/kernel';

/** The instant `milliseconds` after `at`, RFC 3339 UTC. */
export const later = (at: string, milliseconds: number): string =>
  new Date(Date.parse(at) + milliseconds).toISOString();

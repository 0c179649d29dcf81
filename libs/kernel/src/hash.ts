/** 32-bit FNV-1a of a text's UTF-16 code units: spreads keys over partitions; not for security. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Partition of a run: the same on every instance and for ever, as long as `partitions` stays the same. */
export const partitionOf = (runId: string, partitions: number): number => fnv1a(runId) % partitions;

import { randomFillSync } from 'node:crypto';

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

let given: Ids | undefined;

/** Starts a span whose ids are given instead of random. Synchronous, so no other span can start in between. */
export function withGivenIds<Result>(ids: Ids, start: () => Result): Result {
  given = ids;
  try {
    return start();
  } finally {
    given = undefined;
  }
}

/** Random ids, except inside `withGivenIds`. */
export const idGenerator = {
  generateTraceId: (): string => given?.traceId ?? randomHex(16),
  generateSpanId: (): string => given?.spanId ?? randomHex(8),
};

/** Random bytes are drawn for many ids at once. */
const pool = Buffer.allocUnsafe(4_096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString('hex', used, (used += bytes));
  return /^0+$/.test(hex) ? randomHex(bytes) : hex;
}

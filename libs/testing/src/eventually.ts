import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** How long to try; default 60,000 ms: longer than a message that was lost takes to come again. */
  readonly timeoutMs?: number;
  /** Pause between two tries; default 50 ms. */
  readonly intervalMs?: number;
}

/**
 * Calls `look` until it neither throws nor gives `undefined` or `false`, and returns what it gave. When time is over,
 * throws the last error, or says that nothing came; the last look begins after the end of its time, so that a machine
 * that stood still meanwhile is no reason to give up. For what another process does in its own time:
 * `await eventually(() => receiver.spans().find((span) => span.name === 'run.start'))`.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 50 }: EventuallyOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const isLast = performance.now() >= deadline;
    let problem: unknown;
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    } catch (error) {
      problem = error;
    }
    if (isLast) throw problem ?? new Error(`nothing came within ${timeoutMs} ms: ${look}`);
    await sleep(intervalMs);
  }
}

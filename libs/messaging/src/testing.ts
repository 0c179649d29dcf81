import { randomUUID } from 'node:crypto';
import type { Envelope } from '@trimtab/kernel';

/** A valid CloudEvent for specs; `overrides` replace its attributes. */
export const anEnvelope = <Data = unknown>(overrides: Partial<Envelope<Data>> = {}): Envelope<Data> => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/trimtab/test',
  type: 'trimtab.test.happened.v1',
  time: '2026-11-21T00:00:00.000Z',
  datacontenttype: 'application/json',
  data: {} as Data,
  ...overrides,
});

/**
 * Waits until the condition holds; fails after `timeoutMs` (90 s, since what was not acknowledged comes again after
 * 30 s), with what the condition threw at last if it did. The last look begins after the end of its time, so that a
 * machine that stood still meanwhile is no reason to give up.
 */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 90_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const isLast = performance.now() >= end;
    let problem: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      problem = error;
    }
    if (isLast) throw problem ?? new Error(`not true within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

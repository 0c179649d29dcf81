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

/** Waits until the condition holds; fails after `timeoutMs` (30 s). */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not true within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

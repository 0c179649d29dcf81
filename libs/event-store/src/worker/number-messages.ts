import type { OutboxMessage } from './worker.port.js';

export interface PairCount {
  readonly source: string;
  readonly subject: string;
  readonly count: number;
}

/**
 * Gives each envelope its `sequence` within its (source, subject). `raise` adds the counts and returns the new last
 * numbers; the pairs come sorted, so that two transactions lock them in the same order.
 */
export async function numberMessages(
  messages: readonly OutboxMessage[],
  raise: (pairs: readonly PairCount[]) => Promise<readonly number[]>,
): Promise<OutboxMessage[]> {
  const counts = new Map<string, PairCount>();
  for (const { envelope } of messages) {
    const key = keyOf(envelope);
    const pair = { source: envelope.source, subject: envelope.subject ?? '' };
    counts.set(key, { ...pair, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const last = await raise(sorted.map(([, pair]) => pair));
  const next = new Map(sorted.map(([key, { count }], i) => [key, (last[i] as number) - count]));
  return messages.map(({ subject, envelope }) => {
    const key = keyOf(envelope);
    const sequence = (next.get(key) ?? 0) + 1;
    next.set(key, sequence);
    return { subject, envelope: { ...envelope, sequence: String(sequence) } };
  });
}

const keyOf = (envelope: { source: string; subject?: string }): string =>
  JSON.stringify([envelope.source, envelope.subject ?? '']);

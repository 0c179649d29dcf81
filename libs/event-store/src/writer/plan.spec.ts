import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeldPartition } from './held-partition.js';
import type { HeldAppend } from './plan.js';
import { planBatch } from './plan.js';

const held = (partition: number): HeldPartition =>
  new HeldPartition({ partition, epoch: 1, lastSequence: 10, lastBatch: null });

const append = (
  state: HeldPartition,
  stream: string,
  expectedVersion: number,
  count: number,
): HeldAppend => ({
  state,
  partition: state.id,
  stream,
  expectedVersion,
  events: Array.from({ length: count }, () => ({ id: '', type: '', data: '', at: 0 })),
  attachments: [],
  bytes: 0,
});

const requests = fc.array(
  fc.record({
    stream: fc.constantFrom('a', 'b', 'c', 'd'),
    expectedVersion: fc.integer({ min: 0, max: 6 }),
    count: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 40 },
);

describe('the plan of a batch', () => {
  it('numbers events densely and never leaves a gap or a fork in a known stream, whatever is asked', () => {
    fc.assert(
      fc.property(requests, (asked) => {
        const states = [held(0), held(1)] as const;
        const partitionOf = (stream: string): HeldPartition => (stream < 'c' ? states[0] : states[1]);
        for (const stream of ['a', 'b', 'c', 'd']) partitionOf(stream).versions.set(stream, 0);
        const appends = asked.map((one) =>
          append(partitionOf(one.stream), one.stream, one.expectedVersion, one.count),
        );
        const { planned, refused, upTo } = planBatch(appends, new Set());
        expect(planned.length + refused.length).toBe(appends.length);
        const versions = new Map<string, number>();
        const sequences = new Map(states.map((state) => [state as unknown, 10]));
        for (const { append: one, firstSequence } of planned) {
          expect(one.expectedVersion).toBe(versions.get(one.stream) ?? 0);
          versions.set(one.stream, one.expectedVersion + one.events.length);
          expect(firstSequence).toBe((sequences.get(one.state) ?? 0) + 1);
          sequences.set(one.state, firstSequence + one.events.length - 1);
        }
        for (const [state, last] of upTo) expect(last).toBe(sequences.get(state));
      }),
    );
  });

  it('refuses every append of a stream after the first refused one', () => {
    fc.assert(
      fc.property(requests, (asked) => {
        const state = held(0);
        for (const stream of ['a', 'b', 'c', 'd']) state.versions.set(stream, 0);
        const appends = asked.map((one) => append(state, one.stream, one.expectedVersion, one.count));
        const { planned, refused } = planBatch(appends, new Set());
        for (const [first] of refused) {
          const later = planned.filter(({ append: one }) => one.stream === first.stream);
          for (const { append: one } of later)
            expect(appends.indexOf(one)).toBeLessThan(appends.indexOf(first));
        }
      }),
    );
  });

  it('refuses all appends of a lost partition and no other', () => {
    const [lost, ours] = [held(0), held(1)];
    lost.lost = true;
    const { planned, refused } = planBatch([append(lost, 'a', 0, 1), append(ours, 'b', 0, 1)], new Set());
    expect(refused.map(([one, error]) => [one.stream, error.code])).toEqual([['a', 'partition.fenced']]);
    expect(planned.map(({ append: one }) => one.stream)).toEqual(['b']);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fairShare } from './fair-share.js';

describe('the fair share of partitions', () => {
  it('covers every partition once, evenly, in whatever order the instances are listed', () => {
    const instances = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), instances, (partitions, ids) => {
        const shares = ids.map((id) => fairShare(partitions, ids, id));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        expect(ids.map((id) => fairShare(partitions, [...ids].reverse(), id))).toEqual(shares);
      }),
    );
  });

  it('is nothing for an instance that is not alive', () => {
    expect(fairShare(16, ['a'], 'b')).toBe(0);
  });
});

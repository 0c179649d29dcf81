import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unseen } from './unseen.js';

const names = fc.array(fc.string({ maxLength: 2 }));

describe('unseen', () => {
  it('keeps the order and tells each new subject once', () => {
    expect(unseen(['c', 'a', 'c', 'b'], new Set(['a']))).toEqual(['c', 'b']);
  });

  it('parts all subjects into new and known ones', () => {
    fc.assert(
      fc.property(names, names, (subjects, seen) => {
        const known = new Set(seen);
        const fresh = unseen(subjects, known);
        expect(fresh.some((subject) => known.has(subject))).toBe(false);
        expect(new Set([...fresh, ...subjects.filter((one) => known.has(one))])).toEqual(new Set(subjects));
      }),
    );
  });
});

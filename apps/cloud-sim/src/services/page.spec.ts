import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pageByKey, pageByOffset } from './page.js';

const keys = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 40 });
const size = fc.integer({ min: 1, max: 10 });

describe('pages by key', () => {
  it('join to the whole list in order, each item once', () => {
    fc.assert(
      fc.property(keys, size, (items, size) => {
        const seen: string[] = [];
        let token: string | undefined;
        do {
          const page = pageByKey(items, (key) => key, { token, size, badToken: 'Bad' });
          expect(page.items.length).toBeLessThanOrEqual(size);
          seen.push(...page.items);
          token = page.next;
        } while (token !== undefined);
        expect(seen).toEqual([...items].sort((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });

  it('neither repeat nor skip an item when others go away between two pages', () => {
    fc.assert(
      fc.property(keys, size, fc.infiniteStream(fc.boolean()), (items, size, goes) => {
        let left = items;
        const seen: string[] = [];
        let token: string | undefined;
        do {
          const page = pageByKey(left, (key) => key, { token, size, badToken: 'Bad' });
          seen.push(...page.items);
          left = left.filter(() => !goes.next().value);
          token = page.next;
        } while (token !== undefined);
        expect(new Set(seen).size).toBe(seen.length);
        for (const key of left) expect(seen).toContain(key);
      }),
    );
  });

  it('refuse a token that was not issued here with the code of the service', () => {
    const ask = () =>
      pageByKey(['a'], (key) => key, { token: 'made up', size: 1, badToken: 'InvalidNextToken' });
    expect(ask).toThrow(expect.objectContaining({ code: 'InvalidNextToken' }));
    const offset = () =>
      pageByOffset(['a'], { token: 'made up', size: 1, badToken: 'InvalidNextTokenException' });
    expect(offset).toThrow(expect.objectContaining({ code: 'InvalidNextTokenException' }));
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adtributor } from './adtributor.js';
import type { Leaf } from './localization.js';
import { commonAttributes, localize } from './localization.js';
import { normal, seededRandom } from './random.js';

const dimensions = { region: 6, usageType: 8, team: 5, env: 3 };
type Pattern = Readonly<Record<string, string>>;

const matches = (leaf: Pattern, pattern: Pattern): boolean =>
  Object.entries(pattern).every(([name, value]) => leaf[name] === value);

/** A full cube with uneven expectations, noisy actuals, and `factor` on the leaves of each planted pattern. */
function cube(seed: number, planted: readonly Pattern[], factor: number, noise: number): Leaf[] {
  const random = seededRandom(seed);
  const cells = Object.entries(dimensions).reduce<Pattern[]>(
    (all, [name, size]) =>
      all.flatMap((cell) => Array.from({ length: size }, (_, i) => ({ ...cell, [name]: `${name}${i}` }))),
    [{}],
  );
  return cells.map((attributes) => {
    const expected = Math.exp(1 + 0.8 * normal(random));
    const moved = planted.some((pattern) => matches(attributes, pattern)) ? factor : 1;
    return { attributes, expected, actual: expected * moved * Math.exp(noise * normal(random)) };
  });
}

const pick = fc.subarray(Object.keys(dimensions), { minLength: 1, maxLength: 3 });
const pattern = fc
  .tuple(pick, fc.integer({ min: 0, max: 2 }))
  .map(([names, i]) => Object.fromEntries(names.map((name) => [name, `${name}${i}`])));

describe('localize', () => {
  it('finds a planted combination of up to three attributes, with 5 % noise on every leaf', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), pattern, (seed, planted) => {
        const depth = Object.keys(planted).length;
        const [first] = localize(cube(seed, [planted], depth === 3 ? 20 : 2.5, 0.05));
        expect(first?.attributes).toEqual(planted);
      }),
      { numRuns: 60 },
    );
  });

  it('finds two causes, the stronger one first', () => {
    const planted: Pattern[] = [{ region: 'region1' }, { usageType: 'usageType4', env: 'env1' }];
    const causes = localize(cube(17, planted, 4, 0.02));
    expect(causes.map((cause) => cause.attributes)).toEqual(planted);
  });

  it('does not depend on the order of the leaves', () => {
    const leaves = cube(5, [{ env: 'env1', team: 'team3' }], 3, 0.05);
    expect(localize([...leaves].reverse())[0]?.attributes).toEqual(localize(leaves)[0]?.attributes);
  });

  it('finds a cause that did not exist before', () => {
    const leaves = cube(6, [], 1, 0.01).map((leaf) =>
      matches(leaf.attributes, { region: 'region3' }) ? { ...leaf, expected: 0 } : leaf,
    );
    const [first] = localize(leaves);
    expect(first?.attributes).toEqual({ region: 'region3' });
    expect(first?.explainedShare).toBeGreaterThan(0.9);
  });

  it('says nothing when nothing moved', () => {
    expect(localize([{ attributes: { region: 'a' }, actual: 5, expected: 5 }])).toEqual([]);
    expect(localize([])).toEqual([]);
  });
});

describe('commonAttributes', () => {
  it('keeps what all leaves share', () => {
    const leaf = (region: string, usageType: string): Leaf => ({
      attributes: { region, usageType },
      actual: 1,
      expected: 1,
    });
    expect(commonAttributes([leaf('a', 'x'), leaf('a', 'y')])).toEqual({ region: 'a' });
  });
});

describe('adtributor', () => {
  it('names the planted element of the most surprising dimension', () => {
    const [headline] = adtributor(cube(3, [{ region: 'region2' }], 4, 0.02));
    expect(headline?.dimension).toBe('region');
    expect(headline?.elements.map((element) => element.value)).toEqual(['region2']);
  });
});

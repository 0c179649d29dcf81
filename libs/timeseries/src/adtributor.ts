import type { Leaf } from './localization.js';

export interface Attribution {
  readonly dimension: string;
  /** Elements by surprise until they explain `explain` of the deviation. */
  readonly elements: readonly {
    readonly value: string;
    readonly explanatoryPower: number;
    readonly surprise: number;
  }[];
  readonly surprise: number;
}

export interface AdtributorOptions {
  /** Least explanatory power of an element (T_EEP). */
  readonly element: number;
  /** Explanatory power at which a dimension is complete (T_EP). */
  readonly explain: number;
  readonly top: number;
}

const defaults: AdtributorOptions = { element: 0.1, explain: 0.67, top: 3 };

/**
 * Adtributor (Bhagwan et al., NSDI 2014): for each single dimension the elements whose explanatory power
 * EP = (a − f) / (A − F) is large, by Jensen–Shannon surprise; the most surprising dimensions first. A headline:
 * it knows no combinations (`localize` does).
 */
export function adtributor(leaves: readonly Leaf[], options: Partial<AdtributorOptions> = {}): Attribution[] {
  const settings = { ...defaults, ...options };
  const names = [...new Set(leaves.flatMap((leaf) => Object.keys(leaf.attributes)))].sort();
  return names
    .flatMap((dimension) => attribute(leaves, dimension, settings) ?? [])
    .sort((a, b) => b.surprise - a.surprise)
    .slice(0, settings.top);
}

function attribute(
  leaves: readonly Leaf[],
  dimension: string,
  settings: AdtributorOptions,
): Attribution | undefined {
  const actual = leaves.reduce((total, leaf) => total + leaf.actual, 0);
  const expected = leaves.reduce((total, leaf) => total + leaf.expected, 0);
  const candidates = sumsBy(leaves, dimension)
    .map(({ value, a, f }) => ({
      value,
      explanatoryPower: (a - f) / (actual - expected),
      surprise: surprise(f / expected, a / actual),
    }))
    .filter(({ explanatoryPower }) => explanatoryPower > settings.element)
    .sort((x, y) => y.surprise - x.surprise);
  let explained = 0;
  const elements = candidates.filter(({ explanatoryPower }) => {
    if (explained >= settings.explain) return false;
    explained += explanatoryPower;
    return true;
  });
  if (explained < settings.explain) return undefined;
  return { dimension, elements, surprise: elements.reduce((total, element) => total + element.surprise, 0) };
}

function sumsBy(leaves: readonly Leaf[], dimension: string): { value: string; a: number; f: number }[] {
  const sums = new Map<string, { value: string; a: number; f: number }>();
  for (const leaf of leaves) {
    const value = leaf.attributes[dimension] ?? '';
    const sum = sums.get(value) ?? { value, a: 0, f: 0 };
    sums.set(value, { value, a: sum.a + leaf.actual, f: sum.f + leaf.expected });
  }
  return [...sums.values()];
}

/** Jensen–Shannon term of the expected share p and the actual share q. */
function surprise(p: number, q: number): number {
  const half = (x: number): number => (x > 0 ? x * Math.log((2 * x) / (p + q)) : 0);
  return 0.5 * (half(p) + half(q));
}

/** A finest cell of a cost cube over one window: attributes by dimension, what it cost and what was expected. */
export interface Leaf {
  readonly attributes: Readonly<Record<string, string>>;
  readonly actual: number;
  readonly expected: number;
}

export interface Cause {
  /** Only the dimensions that are needed to tell the cause from the rest. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly actual: number;
  readonly expected: number;
  /** (actual − expected) ÷ the deviation of all leaves; may exceed 1 when others moved the other way. */
  readonly explainedShare: number;
  /** Share of the absolute deviation of all leaves that this cause removes (generalised potential score, 0..1). */
  readonly score: number;
  /** Indexes of its leaves. */
  readonly leaves: readonly number[];
}

export interface LocalizationOptions {
  /** Most attributes in one cause. */
  readonly maxDepth: number;
  readonly maxCauses: number;
  /** A further attribute must raise the score by at least this share of it. */
  readonly parsimony: number;
  /** Least score of a cause; a weaker one is told when it explains `minShare` of the net deviation. */
  readonly minGain: number;
  readonly minShare: number;
}

const defaults: LocalizationOptions = {
  maxDepth: 3,
  maxCauses: 3,
  parsimony: 0.03,
  minGain: 0.05,
  minShare: 0.2,
};

/**
 * Where a deviation comes from: combinations of attributes, strongest first. Every combination of at most
 * `maxDepth` dimensions is scored by how much of Σ|actual − expected| disappears when its leaves are expected to move
 * in proportion (ripple effect of HotSpot, 2018; generalised potential score of Squeeze, ISSRE 2019), less a price
 * per attribute. The best one is taken, its leaves are set aside, and the search repeated on the others.
 */
export function localize(leaves: readonly Leaf[], options: Partial<LocalizationOptions> = {}): Cause[] {
  const settings = { ...defaults, ...options };
  const expected = Float64Array.from(leaves, (leaf) => leaf.expected);
  const actual = Float64Array.from(leaves, (leaf) => leaf.actual);
  const all = absoluteDeviation(actual, expected);
  const net = leaves.reduce((total, leaf) => total + leaf.actual - leaf.expected, 0);
  const causes: Cause[] = [];
  if (all === 0) return causes;
  let cuboids = cuboidsOf(leaves, settings.maxDepth);
  while (causes.length < settings.maxCauses) {
    const best = bestCell(cuboids, actual, expected, all, settings);
    if (!best || !isWorthTelling(best, actual, expected, net, settings)) break;
    causes.push(causeOf(leaves, best, net));
    cuboids = without(cuboids, new Set(best.leaves));
  }
  return causes;
}

/** The attributes that all the given leaves share: the fullest description of a cause. */
export function commonAttributes(leaves: readonly Leaf[]): Record<string, string> {
  const [first, ...others] = leaves;
  return Object.fromEntries(
    Object.entries(first?.attributes ?? {}).filter(([name, value]) =>
      others.every((leaf) => leaf.attributes[name] === value),
    ),
  );
}

interface Cuboid {
  readonly dimensions: readonly string[];
  readonly cells: readonly (readonly number[])[];
}

interface Cell {
  readonly dimensions: readonly string[];
  readonly leaves: readonly number[];
  readonly score: number;
}

function cuboidsOf(leaves: readonly Leaf[], maxDepth: number): Cuboid[] {
  const names = [...new Set(leaves.flatMap((leaf) => Object.keys(leaf.attributes)))].sort();
  return subsets(names, maxDepth).map((dimensions) => {
    const cells = new Map<string, number[]>();
    leaves.forEach((leaf, i) => {
      const key = dimensions.map((name) => leaf.attributes[name] ?? '').join('\u0000');
      const cell = cells.get(key);
      if (cell) cell.push(i);
      else cells.set(key, [i]);
    });
    return { dimensions, cells: [...cells.values()] };
  });
}

const without = (cuboids: readonly Cuboid[], told: ReadonlySet<number>): Cuboid[] =>
  cuboids.map(({ dimensions, cells }) => ({
    dimensions,
    cells: cells.map((cell) => cell.filter((leaf) => !told.has(leaf))).filter((cell) => cell.length > 0),
  }));

/** Non-empty subsets with at most `most` elements, smaller ones first. */
function subsets(names: readonly string[], most: number): string[][] {
  const all = names.reduce<string[][]>((sets, name) => [...sets, ...sets.map((set) => [...set, name])], [[]]);
  return all.filter((set) => set.length > 0 && set.length <= most).sort((a, b) => a.length - b.length);
}

function bestCell(
  cuboids: readonly Cuboid[],
  actual: Float64Array,
  expected: Float64Array,
  all: number,
  settings: LocalizationOptions,
): Cell | undefined {
  let best: Cell | undefined;
  let bestNet = -Infinity;
  for (const { dimensions, cells } of cuboids) {
    for (const leaves of cells) {
      const score = gainOf(leaves, actual, expected) / all;
      const net = score * (1 - settings.parsimony * (dimensions.length - 1));
      if (net <= bestNet + 1e-12) continue;
      bestNet = net;
      best = { dimensions, leaves, score };
    }
  }
  return best;
}

function isWorthTelling(
  { leaves, score }: Cell,
  actual: Float64Array,
  expected: Float64Array,
  net: number,
  { minGain, minShare }: LocalizationOptions,
): boolean {
  if (score >= minGain) return true;
  const deviation = leaves.reduce((total, leaf) => total + (actual[leaf] ?? 0) - (expected[leaf] ?? 0), 0);
  return score > 0 && net !== 0 && deviation / net >= minShare;
}

/** How much absolute deviation disappears when these leaves are expected to move together. */
function gainOf(leaves: readonly number[], actual: Float64Array, expected: Float64Array): number {
  let gain = 0;
  for (const [leaf, moved] of rippled(leaves, actual, expected)) {
    const value = actual[leaf] ?? 0;
    gain += Math.abs(value - (expected[leaf] ?? 0)) - Math.abs(value - moved);
  }
  return gain;
}

/** Each leaf with the share of the sum of actuals that its expectation claims; equal shares of a new sum. */
function rippled(
  leaves: readonly number[],
  actual: Float64Array,
  expected: Float64Array,
): [number, number][] {
  let value = 0;
  let base = 0;
  for (const leaf of leaves) {
    value += actual[leaf] ?? 0;
    base += expected[leaf] ?? 0;
  }
  return leaves.map((leaf) => [
    leaf,
    base > 0 ? ((expected[leaf] ?? 0) * value) / base : value / leaves.length,
  ]);
}

function causeOf(leaves: readonly Leaf[], cell: Cell, net: number): Cause {
  const members = cell.leaves.flatMap((i) => leaves[i] ?? []);
  const actual = members.reduce((total, leaf) => total + leaf.actual, 0);
  const expected = members.reduce((total, leaf) => total + leaf.expected, 0);
  const attributes = members[0]?.attributes ?? {};
  return {
    attributes: Object.fromEntries(cell.dimensions.map((name) => [name, attributes[name] ?? ''])),
    actual,
    expected,
    explainedShare: net === 0 ? 0 : (actual - expected) / net,
    score: cell.score,
    leaves: cell.leaves,
  };
}

const absoluteDeviation = (actual: Float64Array, expected: Float64Array): number =>
  actual.reduce((total, value, i) => total + Math.abs(value - (expected[i] ?? 0)), 0);

/** Numbers that look random and are the same for the same seed. */
export interface SeededRandom {
  /** A whole number, both ends included. */
  between(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
}

/** A linear congruential generator with the constants of Numerical Recipes; the high bits are used. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  unit();
  const between = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1));
  return { between, pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number] };
}

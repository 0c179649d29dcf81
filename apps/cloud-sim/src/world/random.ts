/** Deterministic randomness: 32-bit mixing, good enough for a believable company and equal on every machine. */

/** Local names: the sandbox that tests run in makes every look-up of a global slow, and these run a million times. */
const { floor, imul } = Math;

/** A well-mixed 32-bit value of two integers, for values that are looked up by index instead of drawn in turn. */
export function mix(a: number, b: number): number {
  let x = imul(a ^ imul(b, 0x9e3779b1), 0x85ebca6b);
  x ^= x >>> 13;
  x = imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  x = imul(x, 0x27d4eb2f);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Uniform in [0, 1) of two integers. */
export const unit = (a: number, b: number): number => mix(a, b) / 4294967296;

/** 32-bit FNV-1a of a text with the seed folded in. */
export function hashText(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i += 1) hash = imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash, text.length);
}

/** A stream of draws; `fork` gives an independent stream, so that one part's draws never move another's. */
export class Random {
  private count = 0;
  constructor(private readonly seed: number) {}

  fork(name: string): Random {
    return new Random(hashText(this.seed, name));
  }

  next(): number {
    this.count += 1;
    return unit(this.seed, this.count);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Whole number, both ends included. */
  whole(low: number, high: number): number {
    return low + floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('Nothing to pick from: give at least one item.');
    return item;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits)
      text += floor(this.next() * 65536)
        .toString(16)
        .padStart(4, '0');
    return text.slice(0, digits);
  }
}

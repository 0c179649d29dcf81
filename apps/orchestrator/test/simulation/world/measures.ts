/** The measures that keep the promises; a world can be built without one of them, to see whether anybody notices. */
export const MEASURES = [
  'fencingToken',
  'inbox',
  'epochFence',
  'expectedVersion',
  'ackAfterCommit',
  'sweeper',
  'inputDigest',
] as const;

export type Measure = (typeof MEASURES)[number];

export interface Measures {
  has(measure: Measure): boolean;
}

export const allMeasures: Measures = { has: () => true };
export const without = (missing: Measure): Measures => ({ has: (measure) => measure !== missing });

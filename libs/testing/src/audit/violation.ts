/** A broken invariant, with the number it has in docs/simulation.md. */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I12';
  /** Virtual milliseconds. */
  readonly at: number;
  readonly text: string;
}

export type Complain = (invariant: Violation['invariant'], text: string) => void;

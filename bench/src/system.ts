/** An engine under measurement, driven from this process through the door that its users have. */
export interface System {
  readonly name: string;
  /** Processes by name. Those of the engine count; servers that it shares or that any engine needs are told apart. */
  readonly processes: readonly MeasuredProcess[];
  /** One workflow from its start to its observed end. Throws when its result is wrong. */
  run(seed: number): Promise<void>;
}

export interface MeasuredProcess {
  readonly name: string;
  readonly pid: number;
  /** Whether its processor time counts as the engine's. */
  readonly counts: 'cpu and memory' | 'memory' | 'neither';
}

/** What the seven steps make of a seed: the first and the three add one, the join adds three of them and one, two more. */
export const expectedSum = (seed: number): number => 3 * (seed + 2) + 3;

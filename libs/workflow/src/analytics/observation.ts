import type { Money } from '@trimtab/kernel';

/** What statistics are told by. */
export const DIMENSIONS = ['workflow', 'task', 'service', 'node'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** An attempt of a task has ended. */
export interface AttemptEnded {
  readonly kind: 'attempt';
  /** RFC 3339 UTC; decides which hour it counts in. */
  readonly at: string;
  readonly workflow: string;
  /** Task type, for example `discovery.inventory`. */
  readonly uses: string;
  /** Instance that worked on it; unknown when nobody answered. */
  readonly node?: string | undefined;
  readonly outcome: 'completed' | 'failed' | 'retrying';
  readonly code?: string | undefined;
  /** From the wish to the start of the work, the work itself, and both; unknown ones are left out. */
  readonly queueMs?: number | undefined;
  readonly runMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

/** A run has ended, with what it brought. */
export interface RunEnded {
  readonly kind: 'run';
  readonly at: string;
  readonly workflow: string;
  readonly status: string;
  readonly code?: string | undefined;
  readonly totalMs: number;
  /** Recommendations and anomalies. */
  readonly findings: number;
  /** Monthly savings that it found, and those of actions that it carried out. */
  readonly savings: readonly Money[];
  readonly executed: readonly Money[];
}

export type Observation = AttemptEnded | RunEnded;

/** The rows that an observation counts in. */
export function dimensionsOf(observation: Observation): (readonly [Dimension, string])[] {
  const workflow = ['workflow', observation.workflow] as const;
  if (observation.kind === 'run') return [workflow];
  const { uses, node } = observation;
  const rows = [workflow, ['task', uses], ['service', serviceOf(uses)]] as const;
  return node === undefined ? [...rows] : [...rows, ['node', node]];
}

/** Tasks without a service (approval, timer, signal, child) are the orchestrator's own. */
const serviceOf = (uses: string): string =>
  uses.includes('.') ? (uses.split('.')[0] ?? '') : 'orchestrator';

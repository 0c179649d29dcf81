import type { RunEvent, RunState } from '@trimtab/workflow';

/** A person's command that changed a run. */
export interface Asked {
  readonly command: string;
  readonly actor: string;
  readonly reason?: string;
  readonly task?: string;
}

/** What subscribers want to know about an event beyond what the rules need; written once, when the event is stored. */
export interface EventMeta {
  /** Public messages of this run before this event: numbers them without gaps. */
  readonly n: number;
  readonly workflow: string;
  readonly version: number;
  readonly uses?: string;
  readonly worker?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly digest?: string;
  readonly actor?: string;
  /** The command that this event is the first consequence of. */
  readonly asked?: Asked;
  readonly labels?: Readonly<Record<string, string>>;
  /** The run's trace is not kept. */
  readonly untraced?: boolean;
  /** Number of tasks by status, when the run ends. */
  readonly tasks?: Readonly<Record<string, number>>;
}

/** `data` of a row of the log. */
export type StoredRunEvent = RunEvent & { readonly meta: EventMeta };

const PROGRESS: ReadonlySet<string> = new Set<StoredRunEvent['type']>([
  'RunStarted',
  'TaskQueued',
  'TaskStarted',
  'TaskCompleted',
  'TaskSkipped',
]);

/** Says how a run comes along, and may be heard of a moment later; its end, and what asks for a person, is heard at once. */
export const isProgress = ({ type }: Pick<StoredRunEvent, 'type'>): boolean => PROGRESS.has(type);

export const streamOf = (runId: string): string => `run-${runId}`;
export const runIdOf = (stream: string): string => stream.slice('run-'.length);

export function countTasks(state: RunState, ids: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const status = state.tasks.get(id)?.status ?? 'PENDING';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

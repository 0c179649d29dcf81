import type { ErrorInfo, Json } from '@trimtab/kernel';
import type { Adapted } from './adapting.js';
import type { Place } from './place.js';
import type { RunStatus } from './transitions.js';

export type { RunStatus, TaskStatus } from './transitions.js';

/** Why a waiting task waits. `until` is when the wait ends by itself. */
export type Wait =
  | { readonly for: 'approval'; readonly digest: string; readonly until: string; readonly info: Json }
  | { readonly for: 'signal'; readonly name: string; readonly until?: string }
  | { readonly for: 'timer'; readonly until: string }
  | { readonly for: 'child'; readonly child: string; readonly until?: string }
  | Blocked
  /** Failed under `onError: suspend`: a person or a policy resumes, retries or skips. */
  | { readonly for: 'resolution'; readonly error: ErrorInfo };

/** Something outside of the run is not there yet; `until` is when it is looked for again. */
export interface Blocked {
  readonly for: 'blocked';
  readonly on: string;
  readonly until: string;
  /** Keys that are looked for; without them the worker said so and is asked again. */
  readonly missing?: readonly string[];
  /** When it was first missed: `timeout.blocked` counts from here, across attempts. */
  readonly since?: string;
}

interface Tried {
  /** Number of the current attempt; grows for ever and is the first half of the fencing token. */
  readonly attempt: number;
  /** Failed attempts that count towards `retry.maxAttempts`. */
  readonly failures: number;
  /** When this status began. */
  readonly at: string;
  /** Since when the attempt before this one was blocked, if it was. */
  readonly blockedSince?: string;
}

/** A task (`id`), one element of its fan-out (`id[3]`) or its compensation (`id~undo`). */
export type TaskState =
  | { readonly status: 'PENDING' }
  | ({ readonly status: 'QUEUED' } & Place & Tried)
  | ({ readonly status: 'RUNNING'; readonly claim: number } & Place & Tried)
  /** The place is that of the attempt that failed. */
  | ({ readonly status: 'RETRYING'; readonly error: ErrorInfo; readonly dueAt: string } & Partial<Place> &
      Tried)
  | ({ readonly status: 'WAITING'; readonly wait: Wait } & Tried)
  | ({ readonly status: 'COMPLETED'; readonly output: Json } & Tried)
  | ({ readonly status: 'FAILED'; readonly error: ErrorInfo } & Tried)
  | ({ readonly status: 'SKIPPED'; readonly reason: string } & Tried)
  | ({ readonly status: 'CANCELLED'; readonly reason: string } & Tried)
  | ({ readonly status: 'COMPENSATED'; readonly output: Json } & Tried);

/** Progress of one fan-out; only `evolve` changes it. */
export interface FanOut {
  readonly items: readonly Json[];
  /** Index of the next element to start. */
  next: number;
  active: number;
  done: number;
  failed: number;
  cancelled: number;
}

/** How the run will end once what is still going on has ended. */
export type Fate =
  | { readonly to: 'COMPLETED' }
  | { readonly to: 'FAILED' | 'CANCELLED' | 'COMPENSATED'; readonly error: ErrorInfo };

export interface WorkflowRef {
  readonly name: string;
  readonly version: string;
  /** `sha256:<hex>` of the definition's canonical JSON. */
  readonly digest: string;
}

/** The task of another run that waits for this one. */
export interface ParentRef {
  readonly runId: string;
  readonly task: string;
  readonly attempt: number;
}

/** The terminal run that a new one does again, from which task on (from its start unless told). */
export interface RestartRef {
  readonly runId: string;
  readonly from?: string;
}

/** Who asked: a person, a policy, a schedule or a parent run. */
export interface Actor {
  readonly kind: 'person' | 'policy' | 'schedule' | 'run' | 'system';
  readonly id: string;
}

/**
 * The state of one run, owned and changed in place by `evolve` alone.
 * `snapshotOf` gives its JSON form; indexes that can be derived are not part of that.
 */
export interface RunState {
  readonly runId: string;
  readonly workflow: WorkflowRef;
  readonly input: Json;
  readonly by: Actor;
  readonly startedAt: string;
  status: RunStatus;
  /** Number of events applied; equals the stream's version when every event is stored. */
  version: number;
  fate: Fate;
  /** What is not finished is being stopped; only `always` tasks still start. */
  ending: boolean;
  /** Compensation: not asked for, wanted, going on (keys left to undo, next one last), or over. */
  undo: { phase: 'none' | 'wanted' | 'running' | 'done'; left: string[] };
  readonly tasks: Map<string, TaskState>;
  readonly fanOuts: Map<string, FanOut>;
  /** Completed tasks with a compensation, in order of completion. */
  readonly effects: string[];
  /** Signals that arrived before somebody waited for them, and ids of those consumed. */
  readonly signals: { name: string; id: string; payload: Json; used: boolean }[];
  /** Decisions on approvals, by task key: the one that won. */
  readonly decisions: Map<string, { readonly granted: boolean; readonly by: Actor; readonly at: string }>;
  readonly parent?: ParentRef;
  /** What policies changed, in the order in which they did. */
  adapted?: readonly Adapted[];
  output: Json;
  endedAt?: string;

  /** Derived: tasks of the definition that are not terminal. */
  unfinished: number;
  /** Derived: tasks of the definition that are FAILED. */
  failed: number;
  /** Derived: keys that are QUEUED, RUNNING, RETRYING or WAITING (a fan-out counts by its elements). */
  readonly active: Set<string>;
  /** Derived: by task, how many of its needs are not terminal. */
  readonly waitingFor: Map<string, number>;
}

import type { ErrorInfo, Json } from '@trimtab/kernel';
import type { Adapted } from './adapting.js';
import type { CarriedEvent } from './events.js';
import type { RunLimits } from './limits.js';
import type { ChooseRoute } from './routing.js';
import type { Actor, ParentRef, RestartRef, WorkflowRef } from './state.js';

/** What a worker says about one attempt. `blocked`: what it depends on (`on`) is not there yet; it will be tried again. */
export type Outcome =
  | { readonly kind: 'completed'; readonly output: Json }
  | { readonly kind: 'failed'; readonly error: ErrorInfo }
  | { readonly kind: 'blocked'; readonly on: string; readonly retryInMs?: number };

/** Everything that can reach a run. `id` identifies the input, `at` is when it is decided upon (RFC 3339, UTC). */
export type RunInput = { readonly id: string; readonly at: string } & (
  | {
      readonly kind: 'start';
      readonly runId: string;
      readonly workflow: WorkflowRef;
      readonly input: Json;
      readonly by: Actor;
      readonly parent?: ParentRef;
      /** The run that this one does again, and what it takes over from it (`carryOver`). */
      readonly restart?: RestartRef;
      readonly carry?: readonly CarriedEvent[];
    }
  | { readonly kind: 'taskStarted'; readonly task: string; readonly attempt: number; readonly claim: number }
  | {
      readonly kind: 'taskResult';
      readonly task: string;
      readonly attempt: number;
      readonly claim: number;
      readonly outcome: Outcome;
    }
  /** `lastSeen`: latest sign of life of the attempt, for heartbeat timers. */
  | { readonly kind: 'timerFired'; readonly key: string; readonly lastSeen?: string }
  | {
      readonly kind: 'decision';
      readonly task: string;
      readonly granted: boolean;
      readonly by: Actor;
      readonly digest: string;
      readonly comment?: string;
    }
  | { readonly kind: 'signal'; readonly name: string; readonly payload: Json; readonly by: Actor }
  | { readonly kind: 'cancel'; readonly by: Actor; readonly reason: string; readonly undo?: boolean }
  | { readonly kind: 'pause'; readonly by: Actor }
  | { readonly kind: 'resume'; readonly by: Actor }
  | { readonly kind: 'terminate'; readonly by: Actor; readonly reason: string }
  | { readonly kind: 'retryNow'; readonly task: string; readonly by: Actor }
  /** What was not there is there now: whoever is blocked on it goes on. */
  | { readonly kind: 'dependencyAppeared'; readonly key: string }
  /** Nobody can take the attempt that is queued: what it depends on (`service:<type>`) is not there. */
  | {
      readonly kind: 'dependencyMissing';
      readonly task: string;
      readonly attempt: number;
      readonly key: string;
    }
  /** A queued attempt that nobody takes may go elsewhere. */
  | { readonly kind: 'reroute'; readonly task: string; readonly attempt: number }
  /** A policy changes what is left of the run, or takes that back. */
  | ({ readonly kind: 'adapt'; readonly on: boolean } & Adapted)
  /** Looks again at everything that may start: changes nothing in a healthy run, moves one that was forgotten. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'skipTask'; readonly task: string; readonly by: Actor; readonly reason: string }
);

export type RunInputKind = RunInput['kind'];
export type InputOf<K extends RunInputKind> = Extract<RunInput, { kind: K }>;

/** The world as data. */
export interface DecideEnv {
  /** 0 ≤ random < 1: spreads retries. */
  readonly random: number;
  /** Where attempts go; a well-formed `route` of the definition is believed unless given. */
  readonly route?: ChooseRoute;
  /** Bounds of one run; `DEFAULT_LIMITS` unless given. */
  readonly limits?: RunLimits;
}

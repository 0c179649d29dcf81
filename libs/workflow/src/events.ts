import type { ErrorInfo, Json } from '@trimtab/kernel';
import type { Adapted } from './adapting.js';
import type { RouteRecord, Violation } from './routing.js';
import type { Actor, Fate, ParentRef, RestartRef, Wait, WorkflowRef } from './state.js';

/** What happened to a run, in the order it happened; the only truth about it. `task` is a task key. */
export type RunEvent = { readonly at: string } & (
  | {
      readonly type: 'RunStarted';
      readonly runId: string;
      readonly workflow: WorkflowRef;
      readonly input: Json;
      readonly by: Actor;
      readonly parent?: ParentRef;
      readonly restart?: RestartRef;
    }
  /** The only event after the end of a run: another run does it again. */
  | { readonly type: 'RunRestarted'; readonly as: string; readonly from?: string; readonly by: Actor }
  | { readonly type: 'RunPaused'; readonly by: Actor }
  | { readonly type: 'RunResumed'; readonly by: Actor }
  | { readonly type: 'RunSuspended'; readonly task: string; readonly error: ErrorInfo }
  /** A policy changed what is left of the run (`tasks` are concerned), or took that back. */
  | ({ readonly type: 'RunAdapted'; readonly on: boolean; readonly tasks: readonly string[] } & Adapted)
  /** What is not finished is being stopped; `fate` says how the run will end. */
  | { readonly type: 'RunEnding'; readonly fate: Fate; readonly by: Actor; readonly undo: boolean }
  | { readonly type: 'RunCompleted'; readonly output: Json; readonly failedTasks: number }
  | { readonly type: 'RunFailed'; readonly error: ErrorInfo }
  | { readonly type: 'RunCancelled'; readonly error: ErrorInfo }
  | { readonly type: 'RunTerminated'; readonly by: Actor; readonly reason: string }
  | { readonly type: 'RunCompensated'; readonly error: ErrorInfo }
  | { readonly type: 'CompensationStarted'; readonly order: readonly string[] }
  | {
      readonly type: 'CompensationEnded';
      readonly failed?: { readonly task: string; readonly error: ErrorInfo };
    }
  | { readonly type: 'FanOutStarted'; readonly task: string; readonly items: readonly Json[] }
  | {
      readonly type: 'TaskQueued';
      readonly task: string;
      readonly attempt: number;
      readonly pool: string;
      /** Why there; the plain default has no record. */
      readonly route?: RouteRecord;
    }
  | { readonly type: 'TaskStarted'; readonly task: string; readonly attempt: number; readonly claim: number }
  | {
      readonly type: 'TaskWaiting';
      readonly task: string;
      readonly attempt: number;
      readonly wait: Wait;
      /** The policy that found nobody who can do it. */
      readonly violation?: Violation;
    }
  | {
      readonly type: 'TaskRetrying';
      readonly task: string;
      readonly attempt: number;
      readonly error: ErrorInfo;
      readonly dueAt: string;
    }
  | { readonly type: 'TaskCompleted'; readonly task: string; readonly attempt: number; readonly output: Json }
  | {
      readonly type: 'TaskFailed';
      readonly task: string;
      readonly attempt: number;
      readonly error: ErrorInfo;
    }
  | { readonly type: 'TaskSkipped'; readonly task: string; readonly reason: string; readonly by?: Actor }
  | { readonly type: 'TaskCancelled'; readonly task: string; readonly reason: string }
  | { readonly type: 'TaskCompensated'; readonly task: string }
  | {
      readonly type: 'ApprovalGranted';
      readonly task: string;
      readonly by: Actor;
      readonly digest: string;
      readonly comment?: string;
    }
  | {
      readonly type: 'ApprovalRejected';
      readonly task: string;
      readonly by: Actor;
      readonly digest: string;
      readonly comment?: string;
    }
  | {
      readonly type: 'SignalReceived';
      readonly name: string;
      readonly id: string;
      readonly payload: Json;
      readonly by: Actor;
      readonly task?: string;
    }
);

export type RunEventType = RunEvent['type'];
export type EventOf<T extends RunEventType> = Extract<RunEvent, { type: T }>;

type Bare<E> = E extends RunEvent ? Omit<E, 'at'> : never;

/** What a restarted run takes over from the one before. */
export type CarriedEvent = Bare<EventOf<'FanOutStarted' | 'TaskCompleted' | 'TaskFailed' | 'TaskSkipped'>>;

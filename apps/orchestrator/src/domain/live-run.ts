import type { CompiledWorkflow, RunEvent, RunState, Wait } from '@trimtab/workflow';
import { streamOf } from './stored-run-event.js';
import type { Slot } from './recovery-pace.js';
import type { Sleeper } from './timer-wheel.js';

/** A command that is out: what the sweeper needs to know to send it again only when it is lost. */
export interface Send {
  readonly attempt: number;
  /** 1 for the first send; part of the message id. */
  number: number;
  /** Id of the command, when it was sent before its decision was stored. */
  ahead?: string;
  /** Its decision is not stored yet: only what is decided then may say that it is sent again. */
  undecided?: boolean;
  /** Where it was sent to; nowhere for a child run. */
  subject?: string;
  /** Where the broker stored it; undefined until it said so. */
  sequence?: number;
  /** An earlier owner sent it, and the broker stored it here at the latest. */
  sentBefore?: number | undefined;
  sentAtMs: number;
  /** The broker had it no more, and no result came: since when. */
  goneSinceMs?: number;
  /** Latest sign of life of the worker. */
  seenAt?: string;
  /** It waits its turn because its pool recovers; then what it counts as in the pool's window. */
  turn?: 'waiting' | Slot;
  /** Asked of a child run, not of a worker: asked again until the child has told how it ended. */
  readonly child?: boolean;
}

/** A run in the memory of its owner. */
export interface LiveRun extends Sleeper {
  readonly runId: string;
  /** Where its events are in the log. */
  readonly stream: string;
  readonly workflow: CompiledWorkflow;
  state: RunState;
  readonly labels: Readonly<Record<string, string>>;
  /** Public messages so far. */
  published: number;
  /** Its trace is not kept: decided once, when it starts. */
  untraced: boolean;
  readonly sends: Map<string, Send>;
  /** Due instants (epoch ms) by timer key. */
  readonly timers: Map<string, number>;
  /** Resolves when everything decided so far is stored; fails when it never will be. */
  tail: Promise<unknown>;
  touchedAtMs: number;
  /** Its row says that nobody has to load it; the next append must say otherwise. */
  passive: boolean;
}

export const liveRun = (
  runId: string,
  workflow: CompiledWorkflow,
  state: RunState,
  labels: Readonly<Record<string, string>>,
  nowMs: number,
): LiveRun => ({
  runId,
  stream: streamOf(runId),
  workflow,
  state,
  labels,
  published: 0,
  untraced: false,
  sends: new Map(),
  timers: new Map(),
  tail: Promise.resolve(),
  touchedAtMs: nowMs,
  passive: false,
});

/** When the earliest timer is due (epoch ms); `Infinity` without one. Fan-outs have too many for `Math.min(...)`. */
export function earliestDue({ timers }: Pick<LiveRun, 'timers'>): number {
  let earliest = Infinity;
  for (const due of timers.values()) if (due < earliest) earliest = due;
  return earliest;
}

/** Somebody may appear at any moment who can do the task. */
const waitsForWorker = (wait: Wait): boolean =>
  wait.for === 'blocked' && (wait.missing ?? []).some((key) => key.startsWith('service:'));

/** Nothing is in flight and nothing is due soon: the run may leave memory until something reaches it. */
export function mayRest(run: LiveRun, nowMs: number, idleMs: number): boolean {
  if (nowMs - run.touchedAtMs < idleMs) return false;
  for (const key of run.state.active) {
    const task = run.state.tasks.get(key);
    if (task?.status !== 'WAITING' || task.wait.for === 'child' || waitsForWorker(task.wait)) return false;
  }
  return earliestDue(run) - nowMs >= idleMs;
}

/** The task key an event is about. */
export const taskIn = (event: RunEvent): string | undefined => ('task' in event ? event.task : undefined);

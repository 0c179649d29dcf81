import type { Json } from '@trimtab/kernel';
import type { CompiledWorkflow } from './compile.js';
import type { FanOut, RunState, TaskState } from './state.js';
import { isTerminalTask } from './transitions.js';

type Derived = 'unfinished' | 'failed' | 'active' | 'waitingFor' | 'tasks' | 'fanOuts' | 'decisions';

/** A run's state as JSON; `format` grows when older snapshots can no longer be read (then events are replayed instead). */
export interface RunSnapshot extends Omit<RunState, Derived> {
  readonly format: 1;
  readonly tasks: readonly (readonly [string, TaskState])[];
  /** In the order in which they became active, so that decisions after recovery come out the same. */
  readonly active: readonly string[];
  readonly fanOuts: readonly (readonly [string, FanOut])[];
  readonly decisions: readonly (readonly [
    string,
    { readonly granted: boolean; readonly by: RunState['by']; readonly at: string },
  ])[];
}

/** A copy of the state as plain JSON: later events do not change it. */
export function snapshotOf(state: RunState): RunSnapshot {
  const { unfinished: _u, failed: _f, active, waitingFor: _w, tasks, fanOuts, decisions, ...rest } = state;
  return {
    ...rest,
    format: 1,
    active: [...active],
    undo: { ...rest.undo, left: [...rest.undo.left] },
    effects: [...rest.effects],
    signals: rest.signals.map((signal) => ({ ...signal })),
    tasks: [...tasks],
    fanOuts: [...fanOuts].map(([id, fan]) => [id, { ...fan }]),
    decisions: [...decisions],
  };
}

/** The state a snapshot was taken from; derived indexes are computed again. Undefined when its format is unknown. */
export function fromSnapshot(workflow: CompiledWorkflow, snapshot: RunSnapshot): RunState {
  const { format: _, active, tasks, fanOuts, decisions, ...rest } = snapshot;
  const state: RunState = {
    ...rest,
    undo: { ...rest.undo, left: [...rest.undo.left] },
    effects: [...rest.effects],
    signals: rest.signals.map((signal) => ({ ...signal })),
    tasks: new Map(tasks),
    fanOuts: new Map(fanOuts.map(([id, fan]) => [id, { ...fan }])),
    decisions: new Map(decisions),
    unfinished: 0,
    failed: 0,
    active: new Set(active),
    waitingFor: new Map(),
  };
  for (const task of workflow.tasks.values()) {
    const open = task.definition.needs.filter(
      (need) => !isTerminalTask(state.tasks.get(need)?.status ?? 'PENDING'),
    );
    state.waitingFor.set(task.id, open.length);
    const status = state.tasks.get(task.id)?.status ?? 'PENDING';
    if (!isTerminalTask(status)) state.unfinished += 1;
    if (status === 'FAILED') state.failed += 1;
  }
  return state;
}

export const isSnapshot = (value: Json | RunSnapshot): value is RunSnapshot =>
  value !== null && typeof value === 'object' && (value as { format?: unknown }).format === 1;

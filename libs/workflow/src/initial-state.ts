import type { CompiledWorkflow } from './compile.js';
import type { EventOf } from './events.js';
import type { RunState, TaskState } from './state.js';
import { PENDING } from './task-status.js';

/** The state of a run that has just started. */
export function initialState(workflow: CompiledWorkflow, event: EventOf<'RunStarted'>): RunState {
  const { runId, input, by, at, parent } = event;
  const tasks = new Map<string, TaskState>();
  const waitingFor = new Map<string, number>();
  for (const task of workflow.tasks.values()) {
    tasks.set(task.id, PENDING);
    waitingFor.set(task.id, task.definition.needs.length);
  }
  return {
    runId,
    workflow: event.workflow,
    input,
    by,
    startedAt: at,
    parent,
    status: 'RUNNING',
    version: 1,
    fate: { to: 'COMPLETED' },
    ending: false,
    undo: { phase: 'none', left: [] },
    tasks,
    fanOuts: new Map(),
    effects: [],
    signals: [],
    decisions: new Map(),
    output: null,
    unfinished: tasks.size,
    failed: 0,
    active: new Set(),
    waitingFor,
  };
}

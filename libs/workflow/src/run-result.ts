import type { ErrorInfo, Json } from '@trimtab/kernel';
import type { CompiledWorkflow } from './compile.js';
import type { RunEvent } from './events.js';
import type { Outcome } from './inputs.js';
import type { RunState, TaskState, TaskStatus } from './state.js';
import { outputOf } from './variables.js';

/** How one task ended. */
export interface TaskResult {
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly output: Json;
  /** Why it failed. */
  readonly error?: ErrorInfo;
  /** Why it was skipped or cancelled. */
  readonly reason?: string;
}

export interface RunResult {
  readonly status: RunState['status'];
  readonly output: Json;
  /** Why the run did not complete. */
  readonly error?: ErrorInfo;
  /** Output per task; null for tasks without one. */
  readonly results: { readonly [task: string]: Json };
  /** How each task ended, elements of fan-outs too (`scan[3]`). */
  readonly tasks: { readonly [key: string]: TaskResult };
  readonly events: readonly RunEvent[];
  readonly state: RunState;
}

export function resultOf(
  workflow: CompiledWorkflow,
  state: RunState,
  events: readonly RunEvent[],
): RunResult {
  const { status, output } = state;
  const tasks = Object.fromEntries([...state.tasks].map(([key, task]) => [key, taskResult(task)]));
  const error = state.fate.to === 'COMPLETED' ? endError(events) : state.fate.error;
  return {
    status,
    output,
    results: resultsOf(workflow, state),
    tasks,
    events,
    state,
    ...(error && { error }),
  };
}

/** What the task that started a child run gets: its output, or without `outputs` the results of its tasks. */
export function childOutcome(
  workflow: CompiledWorkflow,
  state: RunState,
): Exclude<Outcome, { kind: 'blocked' }> {
  if (state.status === 'COMPLETED')
    return { kind: 'completed', output: state.output ?? resultsOf(workflow, state) };
  const reason = state.fate.to === 'COMPLETED' ? '' : state.fate.error.message;
  const message = `Child run ${state.runId} is ${state.status}: ${reason}`;
  return { kind: 'failed', error: { code: 'workflow.child-failed', message, retry: 'never' } };
}

const resultsOf = (workflow: CompiledWorkflow, state: RunState): Record<string, Json> =>
  Object.fromEntries([...workflow.tasks.keys()].map((id) => [id, outputOf(state, id)]));

function taskResult(task: TaskState): TaskResult {
  return {
    status: task.status,
    attempts: 'attempt' in task ? task.attempt : 0,
    output: 'output' in task ? task.output : null,
    ...('error' in task && { error: task.error }),
    ...('reason' in task && { reason: task.reason }),
  };
}

/** An output that cannot be made, or does not fit, fails a run that would have completed. */
function endError(events: readonly RunEvent[]): ErrorInfo | undefined {
  const last = events.at(-1);
  return last?.type === 'RunFailed' ? last.error : undefined;
}

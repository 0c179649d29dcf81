import type { Explanation } from '@trimtab/contracts';
import { partsOfKey } from '@trimtab/workflow';
import type { CompiledWorkflow, RunState, TaskState, Wait } from '@trimtab/workflow';
import { taskIn } from './live-run.js';
import { sentenceOf } from './event-sentences.js';
import type { StoredRunEvent } from './stored-run-event.js';

/** Why a run went as it did, in plain words: one sentence per stored event, by task, and what each waits for now. */
export function explainRun(
  workflow: CompiledWorkflow,
  state: RunState,
  events: readonly StoredRunEvent[],
): Explanation {
  const lines: Explanation['lines'] = [];
  const byTask = new Map<string, Explanation['lines']>(
    [...workflow.tasks.keys()].map((id): [string, Explanation['lines']] => [id, []]),
  );
  for (const event of events) {
    const task = taskIn(event);
    const text = sentenceOf(event);
    const place = task === undefined ? lines : linesOf(byTask, task);
    if (text !== undefined) place.push({ at: event.at, text });
  }
  return {
    runId: state.runId,
    workflow: `${workflow.definition.name} ${workflow.definition.version}`,
    status: state.status,
    lines,
    tasks: [...byTask].sort(byBeginning).map(([task, said]) => ({
      task,
      uses: usesOf(workflow, task),
      status: state.tasks.get(task)?.status ?? 'PENDING',
      lines: said,
      waitsFor: waitsFor(workflow, state, task),
    })),
  };
}

type Told = readonly [task: string, lines: Explanation['lines']];

/** In the order in which things happened; what has not begun comes last. */
const byBeginning = ([, a]: Told, [, b]: Told): number =>
  Date.parse(a[0]?.at ?? NEVER) - Date.parse(b[0]?.at ?? NEVER);
const NEVER = '9999-12-31T00:00:00Z';

function linesOf(byTask: Map<string, Explanation['lines']>, task: string): Explanation['lines'] {
  const found = byTask.get(task) ?? [];
  byTask.set(task, found);
  return found;
}

function usesOf(workflow: CompiledWorkflow, key: string): string {
  const { id, undo } = partsOfKey(key);
  const definition = workflow.tasks.get(id)?.definition;
  return (undo ? definition?.compensate?.uses : definition?.uses) ?? '';
}

/** What a task that is not over waits for now. */
// One line per status.
// eslint-disable-next-line complexity
function waitsFor(workflow: CompiledWorkflow, state: RunState, key: string): string | null {
  const task: TaskState = state.tasks.get(key) ?? { status: 'PENDING' };
  switch (task.status) {
    case 'PENDING':
      return pendingOn(workflow, state, key);
    case 'QUEUED':
      return `a worker of pool ${task.pool}, or the answer of the one that has it`;
    case 'RUNNING':
      return state.fanOuts.has(key) ? 'its items' : 'the answer of the worker that has it';
    case 'RETRYING':
      return `its next attempt at ${task.dueAt}`;
    case 'WAITING':
      return waitOf(task.wait);
    case 'COMPLETED':
    case 'FAILED':
    case 'SKIPPED':
    case 'CANCELLED':
    case 'COMPENSATED':
      return null;
  }
}

function pendingOn({ tasks }: CompiledWorkflow, state: RunState, key: string): string | null {
  const needs = tasks.get(key)?.definition.needs ?? [];
  const open = needs.filter((need) => !OVER.has(state.tasks.get(need)?.status ?? 'PENDING'));
  if (open.length > 0) return `the end of ${open.join(', ')}`;
  return state.status === 'RUNNING' ? 'its turn' : `the run, which is ${state.status}`;
}

const OVER = new Set<TaskState['status']>(['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED', 'COMPENSATED']);

function waitOf(wait: Wait): string {
  switch (wait.for) {
    case 'approval':
      return `a decision on ${wait.digest}, until ${wait.until}`;
    case 'signal':
      return `the signal ${wait.name}`;
    case 'timer':
      return `${wait.until}`;
    case 'child':
      return `run ${wait.child}`;
    case 'blocked':
      return `${wait.on}, which is not there yet`;
    case 'resolution':
      return `somebody to resume, retry or skip it after: ${wait.error.message}`;
  }
}

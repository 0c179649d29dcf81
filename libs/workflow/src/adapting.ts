import type { CompiledTask, CompiledWorkflow } from './compile.js';
import { ancestorsOf } from './graph.js';
import type { InputOf } from './inputs.js';
import type { RunState } from './state.js';
import { isTerminalTask } from './transitions.js';
import { emit } from './turn.js';
import type { Turn } from './turn.js';

/** What a policy may change of the rest of a run, while its cause lasts. */
export type Adaptation =
  /** Fan-outs of the service start elements up to this share of their concurrency. */
  | { readonly do: 'concurrency'; readonly service: string; readonly share: number }
  /** Optional tasks of the service that become ready are skipped. */
  | { readonly do: 'skip-optional'; readonly service: string }
  /** Expressions read it as `run.branch`. */
  | { readonly do: 'branch'; readonly service: string; readonly name: string };

/** One that holds in a run, with the policy that asked for it. */
export interface Adapted {
  readonly policy: string;
  readonly reason: string;
  readonly change: Adaptation;
}

/** A policy adapts the run, or takes that back. What concerns no task of the run changes nothing. */
export function adapt(turn: Turn, { policy, reason, change, on }: InputOf<'adapt'>): undefined {
  const held = turn.state.adapted?.find((one) => isSame(one, policy, change));
  if (turn.state.ending || on === (held !== undefined)) return;
  const tasks = on ? concerned(turn, change) : [];
  if (on && tasks.length === 0) return;
  emit(turn, { type: 'RunAdapted', policy, reason, change, on, tasks });
  for (const id of turn.state.fanOuts.keys()) turn.ready.push(id);
}

const isSame = (one: Adapted, policy: string, change: Adaptation): boolean =>
  one.policy === policy && one.change.do === change.do && one.change.service === change.service;

/** The list after an adaptation began or ended; a new one, so that snapshots may share it. */
export function withAdaptation(
  adapted: readonly Adapted[] | undefined,
  { policy, reason, change, on }: Adapted & { readonly on: boolean },
): readonly Adapted[] {
  const others = (adapted ?? []).filter((one) => !isSame(one, policy, change));
  return on ? [...others, { policy, reason, change }] : others;
}

/** Tasks of the rest of the run that an adaptation may change. */
function concerned({ workflow, state }: Turn, change: Adaptation): string[] {
  const open = [...workflow.tasks.values()].filter(
    ({ id }) => !isTerminalTask(state.tasks.get(id)?.status ?? 'PENDING'),
  );
  switch (change.do) {
    case 'concurrency':
      return open.filter((task) => task.forEach && serves(change, task)).map(({ id }) => id);
    case 'skip-optional':
      return open
        .filter((task) => isPending(state, task) && mayBeSkipped(workflow, task, change))
        .map(({ id }) => id);
    case 'branch':
      return open
        .filter((task) => isPending(state, task) && !isSafetyStep(workflow, task.id))
        .filter(({ definition }) => /\brun\s*\.\s*branch\b/.test(JSON.stringify(definition)))
        .map(({ id }) => id);
  }
}

const isPending = (state: RunState, { id }: CompiledTask): boolean =>
  state.tasks.get(id)?.status === 'PENDING';

const serves = ({ service }: Adaptation, { definition }: CompiledTask): boolean =>
  definition.uses.startsWith(`${service}.`);

const mayBeSkipped = (workflow: CompiledWorkflow, task: CompiledTask, change: Adaptation): boolean =>
  task.definition.optional && serves(change, task) && !isSafetyStep(workflow, task.id);

/** Why a policy leaves a task out that could start now; undefined when none does. */
export function leftOut(workflow: CompiledWorkflow, state: RunState, task: CompiledTask): string | undefined {
  const found = state.adapted?.find(
    ({ change }) => change.do === 'skip-optional' && mayBeSkipped(workflow, task, change),
  );
  return found && `policy ${found.policy}: ${found.reason}`;
}

/** Elements of a fan-out in flight at once, as adapted. */
export function concurrencyOf(state: RunState, { definition }: CompiledTask): number {
  let width = definition.concurrency;
  for (const { change } of state.adapted ?? [])
    if (change.do === 'concurrency' && definition.uses.startsWith(`${change.service}.`))
      width = Math.min(width, Math.max(1, Math.floor(definition.concurrency * change.share)));
  return width;
}

/** The branch that expressions see; empty unless a policy chose one. */
export const branchOf = (state: RunState): string => {
  const found = state.adapted?.findLast(({ change }) => change.do === 'branch');
  return found?.change.do === 'branch' ? found.change.name : '';
};

/** The run as its safety steps see it: no policy changes what they depend on. */
export const unadapted = (state: RunState): RunState => ({ ...state, adapted: undefined });

const safetySteps = new WeakMap<CompiledWorkflow, ReadonlySet<string>>();

/**
 * Steps that no policy may skip or go around: approvals, what an approval guards, what can be undone because it has an
 * effect, and everything that one of these needs.
 */
export function isSafetyStep(workflow: CompiledWorkflow, id: string): boolean {
  const known = safetySteps.get(workflow) ?? findSafetySteps(workflow);
  return known.has(id);
}

function findSafetySteps(workflow: CompiledWorkflow): ReadonlySet<string> {
  const { tasks } = workflow.definition;
  const isApproval = (id: string): boolean => tasks[id]?.uses === 'approval';
  const steps = new Set<string>();
  for (const [id, task] of Object.entries(tasks)) {
    if (!isApproval(id) && !task.compensate && !task.needs.some(isApproval)) continue;
    steps.add(id);
    for (const ancestor of ancestorsOf(tasks, id)) steps.add(ancestor);
  }
  safetySteps.set(workflow, steps);
  return steps;
}

import type { ApprovalRule, Compensation, TaskDefinition, WorkflowDefinition } from './definition.js';
import { WorkflowError } from './errors.js';
import { compileExpression } from './expressions.js';
import type { CompiledExpression } from './expressions.js';
import { dependentsOf } from './graph.js';
import { compileTemplate } from './templates.js';
import type { CompiledTemplate } from './templates.js';
import type { Template } from './definition.js';

export interface CompiledTask {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly dependents: readonly string[];
  readonly when?: CompiledExpression;
  readonly forEach?: CompiledExpression;
  readonly with: CompiledTemplate;
  readonly route?: CompiledTemplate;
  /** What must be there outside of the run before the first attempt. */
  readonly requires?: CompiledTemplate;
  /** Tasks whose failure it handles. */
  readonly handles: readonly string[];
  readonly digest?: CompiledTemplate;
  readonly grantedBy: readonly { readonly policy: string; readonly when: CompiledExpression }[];
  readonly outputs?: CompiledTemplate;
  readonly compensate?: { readonly definition: Compensation; readonly with: CompiledTemplate };
  /** Its failure does not fail the run. */
  readonly tolerated: boolean;
}

/** A definition made ready to run: expressions parsed, dependents listed. Immutable and shared by all its runs. */
export interface CompiledWorkflow {
  readonly definition: WorkflowDefinition;
  readonly tasks: ReadonlyMap<string, CompiledTask>;
  readonly outputs?: CompiledTemplate;
}

const compiled = new WeakMap<WorkflowDefinition, CompiledWorkflow>();

/** Compiles a validated definition; the same object is compiled once. Throws `workflow.bad-expression`. */
export function compileWorkflow(definition: WorkflowDefinition): CompiledWorkflow {
  const known = compiled.get(definition);
  if (known) return known;
  const dependents = dependentsOf(definition.tasks);
  const tasks = new Map(
    Object.entries(definition.tasks).map(([id, task]) => [
      id,
      compileTask(definition, id, task, dependents.get(id) ?? []),
    ]),
  );
  const workflow = { definition, tasks, outputs: optional(definition.outputs) };
  compiled.set(definition, workflow);
  return workflow;
}

function compileTask(
  { tasks, requires = [] }: WorkflowDefinition,
  id: string,
  task: TaskDefinition,
  dependents: readonly string[],
): CompiledTask {
  const required = [...(task.needs.length === 0 ? requires : []), ...(task.requires ?? [])];
  const { when, forEach, approval } = task;
  return {
    id,
    definition: task,
    dependents,
    when: when === undefined ? undefined : compileExpression(when),
    forEach: forEach === undefined ? undefined : compileExpression(forEach),
    with: template(task.with),
    route: optional(task.route),
    requires: required.length === 0 ? undefined : template(required),
    handles: task.needs.filter((need) => tasks[need]?.handler === id),
    digest: optional(approval?.digest),
    grantedBy: grantedBy(approval),
    outputs: optional(task.outputs),
    compensate: task.compensate && { definition: task.compensate, with: template(task.compensate.with) },
    tolerated: task.optional || task.onError === 'continue',
  };
}

const grantedBy = (rule: ApprovalRule | undefined): CompiledTask['grantedBy'] =>
  (rule?.grantedBy ?? []).map(({ policy, when }) => ({ policy, when: compileExpression(when) }));

const optional = (value: Template | undefined): CompiledTemplate | undefined =>
  value === undefined ? undefined : template(value);

const template = (value: Template): CompiledTemplate =>
  compileTemplate(value, '', (error) => {
    throw error;
  });

/** The task of a definition. Throws `workflow.unknown-task`. */
export function taskOf(workflow: CompiledWorkflow, id: string): CompiledTask {
  const task = workflow.tasks.get(id);
  if (task) return task;
  throw new WorkflowError(
    'workflow.unknown-task',
    `There is no task "${id}" in ${workflow.definition.name}.`,
  );
}

import type { Json } from '@trimtab/kernel';
import type { WorkflowDefinition } from './definition.js';
import type { WorkflowDocument } from './definition-schema.js';
import { WorkflowError } from './errors.js';
import { defineWorkflow } from './parse-definition.js';
import type { RunResult } from './run-result.js';
import { Workflow } from './runner.js';
import type { RunOptions, TaskFunction } from './runner.js';

type TaskDocument = WorkflowDocument['tasks'][string];

/** A task with the function that carries it out; `uses` is `<workflow>.<task>` unless told. */
export type ActionTask = Omit<TaskDocument, 'uses'> & {
  readonly uses?: TaskDocument['uses'];
  readonly action?: TaskFunction;
};

type Rest = Omit<WorkflowDocument, 'name' | 'version' | 'tasks'> & { readonly version?: string };

/**
 * A workflow put together task by task, with its functions, to be run in this process:
 *
 * ```ts
 * const { results } = await workflow('import')
 *   .task('fetch', { action: () => fetchBill(), timeout: '1m', retry: { maxAttempts: 5 } })
 *   .task('store', { needs: 'fetch', when: 'input.store', action: ({ bill }) => store(bill), with: { bill: '${ tasks.fetch.output }' } })
 *   .run({ store: true }, { onProgress: (progress) => show(progress) });
 * ```
 *
 * `definition` is the same data as from YAML; every error is a `WorkflowError`.
 */
export const workflow = (name: string, rest: Rest = {}): WorkflowBuilder =>
  new WorkflowBuilder(name, rest, {}, {});

export class WorkflowBuilder {
  constructor(
    private readonly name: string,
    private readonly rest: Rest,
    private readonly tasks: WorkflowDocument['tasks'],
    private readonly actions: Readonly<Record<string, TaskFunction>>,
  ) {}

  /** A builder with one more task; this one stays as it is. Throws `workflow.duplicate-task`. */
  task(id: string, { action, uses = this.usesOf(id), ...task }: ActionTask): WorkflowBuilder {
    if (Object.hasOwn(this.tasks, id)) throw duplicate(id);
    const actions = action ? { ...this.actions, [uses]: action } : this.actions;
    return new WorkflowBuilder(this.name, this.rest, { ...this.tasks, [id]: { ...task, uses } }, actions);
  }

  /** Throws `workflow.invalid-definition` with every problem. */
  get definition(): WorkflowDefinition {
    return defineWorkflow({ version: '1', ...this.rest, name: this.name, tasks: this.tasks });
  }

  /** Runs it in this process; see `Workflow.run`. */
  async run(input: Json = {}, options: RunOptions = {}): Promise<RunResult> {
    return Workflow.run(this.definition, this.actions, input, options);
  }

  private usesOf(id: string): string {
    return `${this.name}.${id
      .toLowerCase()
      .replace(/[^a-z0-9-]/g, '-')
      .replace(/^[^a-z]+/, '')}`;
  }
}

const duplicate = (id: string): WorkflowError =>
  new WorkflowError('workflow.duplicate-task', `Give the second task "${id}" another name.`);

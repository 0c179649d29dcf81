import type { ErrorInfo, Json } from '@trimtab/kernel';
import type { Command, SendTask } from './commands.js';
import { compileWorkflow } from './compile.js';
import type { CompiledWorkflow } from './compile.js';
import { advance } from './decide.js';
import type { WorkflowDefinition } from './definition.js';
import { defineWorkflow } from './parse-definition.js';
import type { WorkflowDocument } from './definition-schema.js';
import { later } from './duration.js';
import { evolve } from './evolve.js';
import type { RunEvent } from './events.js';
import type { Outcome, RunInput } from './inputs.js';
import type { Actor, RunState, TaskStatus } from './state.js';

export const ANNA: Actor = { kind: 'person', id: 'anna' };

type Bare<I> = I extends RunInput ? Omit<I, 'id' | 'at'> : never;

/** One run under test: feeds inputs, keeps every event and command. Time stands still unless `pass` is called. */
export class TestRun {
  readonly workflow: CompiledWorkflow;
  readonly events: RunEvent[] = [];
  readonly commands: Command[] = [];
  refusal: ErrorInfo | undefined;
  random = 0;
  private current: RunState | undefined;
  private inputs = 0;

  constructor(
    definition: WorkflowDefinition,
    public at = '2026-11-01T00:00:00.000Z',
  ) {
    this.workflow = compileWorkflow(definition);
  }

  /** A started run of a definition written inline (`name` and `version` may be left out). */
  static of(document: Omit<WorkflowDocument, 'name' | 'version'>, input: Json = {}): TestRun {
    return new TestRun(defineWorkflow({ name: 'test', version: '1', ...document })).start(input);
  }

  get state(): RunState {
    if (!this.current) throw new Error(`the run did not start: ${this.refusal?.message}`);
    return this.current;
  }

  start(input: Json = {}): this {
    const workflow = { name: this.workflow.definition.name, version: '1', digest: 'sha256:test' };
    const runId = '00000000-0000-7000-8000-000000000001';
    return this.give({ kind: 'start', runId, workflow, input, by: ANNA });
  }

  /** Feeds one input; `id` makes two inputs the same one. */
  give(input: Bare<RunInput>, id = `i${(this.inputs += 1)}`): this {
    const { state, events, commands, refusal } = advance(
      this.workflow,
      this.current,
      { ...input, id, at: this.at } as RunInput,
      this,
    );
    this.current = state;
    this.events.push(...events);
    this.commands.push(...commands);
    this.refusal = refusal;
    return this;
  }

  pass(milliseconds: number): this {
    this.at = later(this.at, milliseconds);
    return this;
  }

  answer(task: string, outcome: Outcome, attempt = this.attemptOf(task), claim = 1): this {
    return this.give({ kind: 'taskResult', task, attempt, claim, outcome });
  }

  complete(task: string, output: Json = {}): this {
    return this.answer(task, { kind: 'completed', output });
  }

  fail(task: string, retry: ErrorInfo['retry'] = 'never', code = 'test.broken'): this {
    return this.answer(task, { kind: 'failed', error: { code, message: 'it broke', retry } });
  }

  fire(kind: string, task: string): this {
    return this.give({ kind: 'timerFired', key: `${kind}/${task}/${this.attemptOf(task)}` });
  }

  attemptOf(task: string): number {
    const found = this.state.tasks.get(task);
    return found && 'attempt' in found ? found.attempt : 0;
  }

  status(task: string): TaskStatus {
    return this.state.tasks.get(task)?.status ?? 'PENDING';
  }

  /** `scan=COMPLETED plan=QUEUED …` */
  get picture(): string {
    return [...this.state.tasks].map(([key, { status }]) => `${key}=${status}`).join(' ');
  }

  get sent(): SendTask[] {
    return this.commands.filter((command) => command.kind === 'sendTask');
  }

  /** The state that a replay of all events gives. */
  replayed(): RunState | undefined {
    return this.events.reduce<RunState | undefined>(
      (state, event) => evolve(this.workflow, state, event),
      undefined,
    );
  }
}

import type { Clock, Json } from '@trimtab/kernel';
import { toErrorInfo } from '@trimtab/kernel';
import type { Command, SendTask } from './commands.js';
import { compileWorkflow } from './compile.js';
import type { CompiledWorkflow } from './compile.js';
import { advance } from './decide.js';
import type { WorkflowDefinition } from './definition.js';
import { WorkflowError } from './errors.js';
import type { RunEvent } from './events.js';
import type { Outcome, RunInput } from './inputs.js';
import type { RunState } from './state.js';
import { isTerminalRun } from './transitions.js';
import { outputOf } from './variables.js';

/** What a plain function that carries out a task is told. */
export interface TaskContext {
  readonly task: string;
  readonly attempt: number;
  /** Shown to `onProgress`; 0..1. */
  progress(share: number, message?: string): void;
}

export type TaskFunction = (input: never, context: TaskContext) => unknown;

export type Progress =
  | { readonly kind: 'event'; readonly event: RunEvent }
  | {
      readonly kind: 'progress';
      readonly task: string;
      readonly attempt: number;
      readonly share: number;
      readonly message?: string;
    };

export interface RunOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** A real clock makes backoff and timers take real time; without one time is virtual and jumps from timer to timer. */
  readonly clock?: Clock;
  /** 0 ≤ random < 1 for jitter; constant 0.5 unless given. */
  readonly random?: () => number;
  readonly runId?: string;
}

export interface RunResult {
  readonly status: RunState['status'];
  readonly output: Json;
  /** Output per task; null for tasks without one. */
  readonly results: { readonly [task: string]: Json };
  readonly events: readonly RunEvent[];
  readonly state: RunState;
}

/** Runs a workflow inside this process with plain functions as tasks, by the same rules as the orchestrator. */
export const Workflow = {
  /**
   * @param handlers a function per `uses`; it returns (or resolves to) the task's output and throws to fail.
   *   An `AppError` with `retry: 'never'` is terminal, anything else is retried by the task's policy.
   * Throws `workflow.no-handler`, `workflow.invalid-input`, and `workflow.waits-for-ever` when only a person could go on.
   */
  run(
    definition: WorkflowDefinition,
    handlers: Readonly<Record<string, TaskFunction>>,
    input: Json = {},
    options: RunOptions = {},
  ): Promise<RunResult> {
    return new InMemoryRun(compileWorkflow(definition), handlers, options).run(input);
  },
};

const EPOCH = '2000-01-01T00:00:00.000Z';

class InMemoryRun {
  private state: RunState | undefined;
  private readonly events: RunEvent[] = [];
  private readonly timers = new Map<string, string>();
  private readonly inputs: RunInput[] = [];
  private working = 0;
  private virtualNow = EPOCH;
  private wakeUp: () => void = () => {};

  constructor(
    private readonly workflow: CompiledWorkflow,
    private readonly handlers: Readonly<Record<string, TaskFunction>>,
    private readonly options: RunOptions,
  ) {}

  async run(input: Json): Promise<RunResult> {
    const { definition } = this.workflow;
    const workflow = { name: definition.name, version: definition.version, digest: '' };
    const runId = this.options.runId ?? '00000000-0000-7000-8000-000000000000';
    const by = { kind: 'system', id: 'in-memory' } as const;
    this.take({ kind: 'start', id: 'start', at: this.now(), runId, workflow, input, by });
    while (this.state && !isTerminalRun(this.state.status)) await this.step();
    return this.result();
  }

  private async step(): Promise<void> {
    const next = this.inputs.shift();
    if (next) return this.take(next);
    const timer = [...this.timers].sort(([, a], [, b]) => (a < b ? -1 : 1))[0];
    if (!timer && this.working === 0) throw waitsForEver();
    if (this.options.clock) return this.waitReal(timer);
    if (this.working > 0 || !timer) return this.somethingHappens();
    this.virtualNow = timer[1];
    this.fire(timer[0]);
  }

  private async waitReal(timer: [string, string] | undefined): Promise<void> {
    const wait = timer ? Date.parse(timer[1]) - Date.parse(this.now()) : undefined;
    if (wait !== undefined && timer && wait <= 0) return this.fire(timer[0]);
    let handle: ReturnType<typeof setTimeout> | undefined;
    const due = wait === undefined ? [] : [new Promise<void>((done) => (handle = setTimeout(done, wait)))];
    await Promise.race([this.somethingHappens(), ...due]);
    clearTimeout(handle);
  }

  private somethingHappens(): Promise<void> {
    return new Promise((done) => (this.wakeUp = done));
  }

  private fire(key: string): void {
    this.timers.delete(key);
    this.take({ kind: 'timerFired', id: key, at: this.now(), key });
  }

  private now(): string {
    return this.options.clock?.now().toISOString() ?? this.virtualNow;
  }

  private take(input: RunInput): void {
    const { state, events, commands, refusal } = advance(this.workflow, this.state, input, {
      random: this.options.random?.() ?? 0.5,
    });
    if (refusal)
      throw new WorkflowError(refusal.code as 'workflow.refused', refusal.message, {
        details: refusal.details,
      });
    this.state = state;
    this.events.push(...events);
    for (const event of events) this.options.onProgress?.({ kind: 'event', event });
    for (const command of commands) this.carryOut(command);
  }

  private carryOut(command: Command): void {
    switch (command.kind) {
      case 'setTimer':
        this.timers.set(command.key, command.dueAt);
        return;
      case 'clearTimer':
        this.timers.delete(command.key);
        return;
      case 'sendTask':
        this.working += 1;
        void this.work(command);
        return;
      case 'startChild':
        throw new WorkflowError(
          'workflow.no-handler',
          `Child workflows need the orchestrator: ${command.workflow}.`,
        );
      case 'cancelTask':
        return;
    }
  }

  private async work(command: SendTask): Promise<void> {
    const { task, attempt } = command;
    const outcome = await this.outcomeOf(command);
    this.working -= 1;
    this.inputs.push({
      kind: 'taskResult',
      id: `${task}#${attempt}`,
      at: this.now(),
      task,
      attempt,
      claim: 1,
      outcome,
    });
    this.wakeUp();
  }

  private async outcomeOf(command: SendTask): Promise<Outcome> {
    const { task, attempt, uses } = command;
    const handler = this.handlers[uses];
    const progress = (share: number, message?: string): void =>
      this.options.onProgress?.({ kind: 'progress', task, attempt, share, message });
    try {
      if (!handler) throw new WorkflowError('workflow.no-handler', `Give a function for ${uses}.`);
      const output = await handler(command.input as never, { task, attempt, progress });
      return { kind: 'completed', output: (output ?? null) as Json };
    } catch (error) {
      return { kind: 'failed', error: toErrorInfo(error) };
    }
  }

  private result(): RunResult {
    const state = this.state as RunState;
    const results = Object.fromEntries(
      [...this.workflow.tasks.keys()].map((id) => [id, outputOf(state, id)]),
    );
    return { status: state.status, output: state.output, results, events: this.events, state };
  }
}

const waitsForEver = (): WorkflowError =>
  new WorkflowError(
    'workflow.waits-for-ever',
    'Nobody can decide or signal in an in-memory run: give the workflow a policy or a timeout.',
  );

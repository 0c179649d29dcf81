import type { Clock, Json } from '@trimtab/kernel';
import { blockIn, toErrorInfo } from '@trimtab/kernel';
import type { Command, SendTask } from './commands.js';
import { compileWorkflow } from './compile.js';
import type { CompiledWorkflow } from './compile.js';
import { advance } from './decide.js';
import type { WorkflowDefinition } from './definition.js';
import { WorkflowError } from './errors.js';
import type { RunEvent } from './events.js';
import type { Outcome, RunInput } from './inputs.js';
import { didYouMean } from './nearest.js';
import { childOutcome, resultOf } from './run-result.js';
import type { RunResult } from './run-result.js';
import type { RunState } from './state.js';
import { isTerminalRun } from './transitions.js';

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
  /** Whether something that a task requires is there (`requires`); everything is, unless told. */
  readonly isThere?: (key: string) => boolean;
  /** Definitions that tasks with `uses: workflow` may start, run by the same functions. */
  readonly workflows?: readonly WorkflowDefinition[];
}

/** Runs a workflow inside this process with plain functions as tasks, by the same rules as the orchestrator. */
export const Workflow = {
  /**
   * @param handlers a function per `uses`; it returns (or resolves to) the task's output and throws to fail.
   *   An `AppError` with `retry: 'never'` is terminal, `blockedOn` waits, anything else is retried by the task's policy.
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

type StartChild = Command & { kind: 'startChild' };

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
    return resultOf(this.workflow, this.state as RunState, this.events);
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
        void this.work(command, () => this.call(command));
        return;
      case 'startChild':
        this.working += 1;
        void this.work(command, () => this.child(command));
        return;
      case 'seek':
        return this.seek(command.keys);
      case 'cancelTask':
        return;
    }
  }

  private seek(keys: readonly string[]): void {
    const { isThere = () => true } = this.options;
    for (const key of keys)
      if (isThere(key)) this.inputs.push({ kind: 'dependencyAppeared', id: key, at: this.now(), key });
  }

  private async work({ task, attempt }: SendTask | StartChild, call: () => Promise<Json>): Promise<void> {
    const outcome = await outcomeOf(call);
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

  private async call({ task, attempt, uses, input }: SendTask): Promise<Json> {
    const handler = this.handlers[uses];
    if (!handler) {
      const hint = didYouMean(uses, Object.keys(this.handlers));
      throw new WorkflowError('workflow.no-handler', `Give a function for ${uses}${hint}.`);
    }
    const progress = (share: number, message?: string): void =>
      this.options.onProgress?.({ kind: 'progress', task, attempt, share, message });
    return ((await handler(input as never, { task, attempt, progress })) ?? null) as Json;
  }

  private async child({ workflow: name, version, child, input }: StartChild): Promise<Json> {
    const { workflows = [] } = this.options;
    const definition = workflows.find((one) => one.name === name && one.version === (version ?? one.version));
    if (!definition) {
      const hint = didYouMean(
        name,
        workflows.map((one) => one.name),
      );
      throw new WorkflowError(
        'workflow.unknown',
        `Give the definition of ${name} as options.workflows${hint}.`,
      );
    }
    const options = { ...this.options, runId: child };
    const { state } = await Workflow.run(definition, this.handlers, input, options);
    const outcome = childOutcome(compileWorkflow(definition), state);
    if (outcome.kind === 'completed') return outcome.output;
    throw new WorkflowError('workflow.child-failed', outcome.error.message);
  }
}

async function outcomeOf(call: () => Promise<Json>): Promise<Outcome> {
  try {
    return { kind: 'completed', output: await call() };
  } catch (error) {
    const blocked = blockIn(error);
    return blocked ? { kind: 'blocked', ...blocked } : { kind: 'failed', error: toErrorInfo(error) };
  }
}

const waitsForEver = (): WorkflowError =>
  new WorkflowError(
    'workflow.waits-for-ever',
    'Nobody can decide or signal in an in-memory run: give the workflow a policy or a timeout.',
  );

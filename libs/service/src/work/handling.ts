import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { TaskResultData } from '@trimtab/contracts';
import { AppError, blockIn, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { CallHandler, Delivery, Messaging, Settlement } from '@trimtab/messaging';
import { count, duration } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import type { Task, TaskContext, TaskOutcome } from '../task.js';
import { checkedInput } from './command.js';
import type { Command, TaskContracts } from './command.js';
import { isReference } from './large-values.js';
import type { LargeValues } from './large-values.js';
import { LiveTasks } from './live-task.js';
import type { LiveTask } from './live-task.js';
import type { Work } from './task-commit.js';

export interface HandlingOptions {
  /** Instance that did the work, in results. */
  readonly worker: string;
  readonly contracts: TaskContracts;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What became of a command that has no answer from here. */
export type Unanswered = 'superseded' | 'unavailable' | 'stopped';
export type TaskFate = 'completed' | 'failed' | 'blocked' | 'repeated' | Unanswered;

/** What a handler's question means whether it may go on. */
type AssertCurrent = () => Promise<void>;

/** A handler that was called. */
export interface Begun {
  readonly live: LiveTask;
  readonly outcome: TaskOutcome | Promise<TaskOutcome>;
}

const STORAGE_PAUSE_MS = 2_000;

const STOPPING = new AppError('service.stopping', 'The service stops; another instance takes the task.', {
  retry: 'later',
});

/** Calls handlers: gives them their checked input and their context, and tells them to stop. */
export class Handling {
  readonly stats = { requests: 0, errors: 0, processingNs: 0, lastError: '' };
  private readonly live: LiveTasks;
  private stopping = false;
  private moment = { ms: Number.NaN, text: '' };

  constructor(private readonly options: HandlingOptions) {
    this.live = new LiveTasks(options.messaging, options.clock);
  }

  /** Handlers that run at this moment. */
  get inFlight(): number {
    return this.live.size;
  }

  /** The text of a millisecond is made once: the commands of a batch share it. */
  now(): string {
    const now = this.options.clock.now();
    const ms = now.getTime();
    if (ms !== this.moment.ms) this.moment = { ms, text: now.toISOString() };
    return this.moment.text;
  }

  /** Aborts the handlers that still run; their commands go to another instance. */
  abort(): void {
    this.stopping = true;
    this.live.stop(STOPPING);
  }

  wasStopped(error: unknown): boolean {
    return this.stopping && error === STOPPING;
  }

  /** As `begin`, for handlers that are waited for one by one. */
  async call(
    work: Work,
    call: CallHandler,
    values: LargeValues,
    assertCurrent: AssertCurrent,
  ): Promise<TaskOutcome> {
    const { input } = work.command.task;
    const given = isReference(input) ? await values.resolved(input) : input;
    const { live, outcome } = this.begin(work, call, given, assertCurrent);
    try {
      return await outcome;
    } catch (error) {
      throw this.reason(live, error);
    } finally {
      this.end(live);
    }
  }

  /**
   * Calls the handler with its checked input. Give what is live to `end` when the outcome is there, and what the
   * handler throws to `reason`. Throws what is wrong with the input, or what the handler threw at once.
   */
  begin({ command, claim }: Work, call: CallHandler, given: unknown, assertCurrent: AssertCurrent): Begun {
    // What has not begun goes to another instance.
    if (this.stopping) throw STOPPING;
    const { task } = command;
    const input = checkedInput(this.options.contracts, task.type, given);
    const live = this.live.begin(task);
    try {
      live.goesOn();
      const context = new HandlerContext(task, claim, this.options.log, live, assertCurrent);
      return { live, outcome: call({ ...task, input }, context) as TaskOutcome | Promise<TaskOutcome> };
    } catch (error) {
      this.live.end(live);
      throw this.reason(live, error);
    }
  }

  end(live: LiveTask): void {
    this.live.end(live);
  }

  /** What a handler throws because it was told to stop is the reason that it was told. */
  reason(live: LiveTask, error: unknown): unknown {
    return live.stopped && !(error instanceof AppError) ? live.stopped : error;
  }

  /**
   * What becomes of a command whose storage is away; undefined when it is to be tried again now: on the last delivery a
   * retry would make a dead letter of a message that is not to blame, so it waits here instead.
   */
  async withoutStorage(
    error: unknown,
    { lastDelivery, deliveryCount }: Delivery,
  ): Promise<'unavailable' | 'stopped' | undefined> {
    this.options.log.warn('storage is away', { error, deliveries: deliveryCount });
    if (!lastDelivery) return 'unavailable';
    if (this.stopping) return 'stopped';
    await new Promise((done) => setTimeout(done, STORAGE_PAUSE_MS));
    return undefined;
  }

  failed(error: unknown, startedAt: string): TaskResultData {
    const { worker } = this.options;
    const blocked = blockIn(error);
    if (blocked) return { status: 'blocked', ...blocked, startedAt, endedAt: this.now(), worker };
    const info = toErrorInfo(error);
    this.stats.lastError = `${info.code}: ${info.message}`;
    trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: info.message });
    trace.getActiveSpan()?.setAttribute('error.type', info.code);
    this.options.log.warn('a task failed', { error });
    return { status: 'failed', error: info, startedAt, endedAt: this.now(), worker };
  }

  record(command: Command, outcome: TaskFate, ms: number): void {
    const { type, runId, taskId, attempt } = command.task;
    this.stats.requests += 1;
    this.stats.processingNs += Math.round(ms * 1e6);
    if (outcome === 'failed') this.stats.errors += 1;
    count('trimtab.tasks', { type, outcome });
    duration('trimtab.task.duration', ms, { type });
    this.options.log.info('task', { type, runId, taskId, attempt, outcome, ms: Math.round(ms) });
  }
}

/** What the broker is told of such a command. */
export function settlementOf(fate: Unanswered, { lastDelivery, deliveryCount }: Delivery): Settlement {
  switch (fate) {
    case 'superseded':
      return { kind: 'leave' };
    case 'stopped':
      return lastDelivery ? { kind: 'leave' } : { kind: 'retry', delayMs: 0, reason: 'stopping' };
    case 'unavailable': {
      const delayMs = Math.min(30_000, 1_000 * 2 ** deliveryCount);
      return { kind: 'retry', delayMs, reason: 'storage-unavailable' };
    }
  }
}

/** What a handler may use. Its parts may be taken out of it, and are made when they are asked for. */
class HandlerContext implements TaskContext {
  private ownLog: Logger | undefined;

  constructor(
    private readonly task: Task,
    readonly claim: number,
    private readonly parentLog: Logger,
    private readonly live: LiveTask,
    private readonly current: AssertCurrent,
  ) {}

  get signal(): AbortSignal {
    return this.live.signal;
  }

  get log(): Logger {
    const { runId, taskId, type, attempt } = this.task;
    return (this.ownLog ??= this.parentLog.child({ runId, taskId, type, attempt, claim: this.claim }));
  }

  get progress(): TaskContext['progress'] {
    return (done, total, note) => this.live.progress(done, total, note);
  }

  get assertCurrent(): TaskContext['assertCurrent'] {
    return async () => {
      this.live.goesOn();
      await this.current();
    };
  }
}

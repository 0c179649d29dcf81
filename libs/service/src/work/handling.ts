import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { TaskResultData } from '@trimtab/contracts';
import { AppError, blockIn, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { CallHandler, Messaging } from '@trimtab/messaging';
import { count, duration } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import type { TaskContext, TaskOutcome } from '../task.js';
import { checkedInput } from './command.js';
import type { Command, TaskContracts } from './command.js';
import { LiveTasks } from './live-task.js';
import type { LiveTask } from './live-task.js';
import { isReference } from './task-commit.js';
import type { TaskCommit, Work } from './task-commit.js';

export interface HandlingOptions {
  /** Instance that did the work, in results. */
  readonly worker: string;
  readonly contracts: TaskContracts;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly log: Logger;
}

export type TaskFate =
  'completed' | 'failed' | 'blocked' | 'repeated' | 'superseded' | 'unavailable' | 'stopped';

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

  get isStopping(): boolean {
    return this.stopping;
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

  /** `brief`: the handler only computes. `assertCurrent`: what its question whether it may go on means. */
  async call(
    work: Work,
    call: CallHandler,
    commit: TaskCommit,
    { brief, assertCurrent }: { brief: boolean; assertCurrent: () => Promise<void> },
  ): Promise<TaskOutcome> {
    const { task } = work.command;
    const given = isReference(task.input) ? await commit.resolved(task.input) : task.input;
    const input = checkedInput(this.options.contracts, task.type, given);
    const live = this.live.begin(task, brief);
    try {
      live.goesOn();
      return (await call({ ...task, input }, this.contextOf(work, live, assertCurrent))) as TaskOutcome;
    } catch (error) {
      // What a handler throws because it was told to stop is the reason that it was told.
      throw live.stopped && !(error instanceof AppError) ? live.stopped : error;
    } finally {
      this.live.end(live);
    }
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

  private contextOf({ command, claim }: Work, live: LiveTask, current: () => Promise<void>): TaskContext {
    const { runId, taskId, type, attempt } = command.task;
    const parent = this.options.log;
    let log: Logger | undefined;
    return {
      get signal() {
        return live.signal;
      },
      claim,
      get log() {
        return (log ??= parent.child({ runId, taskId, type, attempt, claim }));
      },
      progress: (done, total, note) => live.progress(done, total, note),
      assertCurrent: async () => {
        live.goesOn();
        await current();
      },
    };
  }
}

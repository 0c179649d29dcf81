import type { TaskResultData } from '@trimtab/contracts';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import { ack, inProcessSpan } from '@trimtab/messaging';
import type { Delivery, Messaging, Settlement } from '@trimtab/messaging';
import { count, duration } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import { checkedInput, checkedOutput, notYet, readCommand } from '../work/command.js';
import type { Command, TaskContracts } from '../work/command.js';
import { LiveTasks } from '../work/live-task.js';
import type { LiveTask } from '../work/live-task.js';
import { resultMessage } from '../work/messages.js';
import type { PlainContext, PlainTask } from './plain-task.js';

export interface PlainExecutorOptions {
  readonly name: string;
  readonly instanceId: string;
  /** The durable consumer, for traces. */
  readonly group: string;
  readonly tasks: Readonly<Record<string, PlainTask>>;
  readonly contracts: TaskContracts;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly log: Logger;
}

/** There is no artifact store here, and the bus has a limit of 1 MB a message. */
const MAX_OUTPUT_BYTES = 512 * 1024;
const STOPPING = new AppError('service.stopping', 'The worker stops; another instance takes the task.', {
  retry: 'later',
});

/**
 * Works on commands without storing anything: run the handler, publish the result, acknowledge. A crash in between
 * repeats the work; the orchestrator takes one result per attempt.
 */
export class PlainExecutor {
  readonly stats = { requests: 0, errors: 0, processingNs: 0, lastError: '' };
  private readonly live: LiveTasks;
  private stopping = false;

  constructor(private readonly options: PlainExecutorOptions) {
    this.live = new LiveTasks(options.messaging, options.clock);
  }

  get inFlight(): number {
    return this.live.size;
  }

  execute(delivery: Delivery): Promise<Settlement> | Settlement {
    const { subject, envelope, headers } = delivery;
    return inProcessSpan({ subject, envelope, fields: headers, group: this.options.group }, () =>
      this.settle(delivery),
    );
  }

  /** Answers a command that was given up, so that its run does not wait for ever. */
  async fail(command: Command, error: AppError): Promise<void> {
    await this.answer(command, 0, this.failed(error, this.now()), 1);
  }

  /** Tells the handlers that still run to stop; their commands go to another instance. */
  abort(): void {
    this.stopping = true;
    this.live.stop(STOPPING);
  }

  private async settle(delivery: Delivery): Promise<Settlement> {
    const command = readCommand(delivery.envelope);
    if (!command) return { kind: 'dead', reason: 'invalid-command', error: 'not a task command' };
    if (!Object.hasOwn(this.options.tasks, command.task.type))
      return { kind: 'dead', reason: 'no-handler', error: `no handler for "${command.task.type}" here` };
    const started = performance.now();
    const early = command.ahead ? notYet(this.now(), this.options.instanceId) : undefined;
    const result = early ?? (await this.resultOf(command));
    if (!result)
      return delivery.lastDelivery ? { kind: 'leave' } : { kind: 'retry', delayMs: 0, reason: 'stopping' };
    // Raised by each delivery and by each send, as a claim in an inbox would be.
    const claim = delivery.streamSequence + delivery.deliveryCount - 1;
    await this.answer(command, claim, result, delivery.deliveryCount);
    this.record(command, result.status, performance.now() - started);
    return ack;
  }

  /** Undefined when the worker stops before the handler has an answer. */
  private async resultOf(command: Command): Promise<TaskResultData | undefined> {
    const { contracts, instanceId } = this.options;
    const { type } = command.task;
    const startedAt = this.now();
    try {
      const input = checkedInput(contracts, type, inlineOnly(command.task.input));
      const output = checkedOutput(contracts, type, (await this.handle(command, input)) ?? null);
      refuseLarge(type, output);
      return { status: 'completed', output, startedAt, endedAt: this.now(), worker: instanceId };
    } catch (error) {
      return this.stopping && error === STOPPING ? undefined : this.failed(error, startedAt);
    }
  }

  private async handle(command: Command, input: unknown): Promise<unknown> {
    const { tasks } = this.options;
    const live = this.live.begin(command.task, false);
    try {
      live.goesOn();
      return await tasks[command.task.type]?.handler(input as never, this.contextOf(command, live));
    } catch (error) {
      // What a handler throws because it was told to stop is the reason that it was told.
      throw live.stopped && !(error instanceof AppError) ? live.stopped : error;
    } finally {
      this.live.end(live);
    }
  }

  private contextOf({ task }: Command, live: LiveTask): PlainContext {
    const { runId, taskId, type, attempt, deadline, correlationId } = task;
    const parent = this.options.log;
    let log: Logger | undefined;
    return {
      runId,
      taskId,
      type,
      attempt,
      deadline,
      correlationId,
      idempotencyKey: `${runId}/${taskId}`,
      get signal() {
        return live.signal;
      },
      get log() {
        return (log ??= parent.child({ runId, taskId, type, attempt }));
      },
      progress: (done, total, note) => live.progress(done, total, note),
    };
  }

  private async answer(
    command: Command,
    claim: number,
    result: TaskResultData,
    sends: number,
  ): Promise<void> {
    const { messaging, name } = this.options;
    const { subject, envelope } = resultMessage(command, claim, `/trimtab/${name}`, result);
    await messaging.publish(subject, envelope, { sendNumber: sends });
  }

  private failed(error: unknown, startedAt: string): TaskResultData {
    const info = toErrorInfo(error);
    this.stats.lastError = `${info.code}: ${info.message}`;
    this.options.log.warn('a task failed', { error });
    return { status: 'failed', error: info, startedAt, endedAt: this.now(), worker: this.options.instanceId };
  }

  private record({ task }: Command, outcome: string, ms: number): void {
    const { type, runId, taskId, attempt } = task;
    this.stats.requests += 1;
    this.stats.processingNs += Math.round(ms * 1e6);
    if (outcome === 'failed') this.stats.errors += 1;
    count('trimtab.tasks', { type, outcome });
    duration('trimtab.task.duration', ms, { type });
    this.options.log.info('task', { type, runId, taskId, attempt, outcome, ms: Math.round(ms) });
  }

  private now(): string {
    return this.options.clock.now().toISOString();
  }
}

function inlineOnly(input: unknown): unknown {
  if ((input as { $artifact?: unknown } | null | undefined)?.$artifact === undefined) return input;
  throw new AppError(
    'task.input-by-reference',
    'The input is too large for a message and came by reference, which a plain worker cannot read: give the task less.',
  );
}

function refuseLarge(type: string, output: unknown): void {
  if (Buffer.byteLength(JSON.stringify(output) ?? 'null') <= MAX_OUTPUT_BYTES) return;
  throw new AppError(
    'task.output-too-large',
    `The output of ${type} has more than ${MAX_OUTPUT_BYTES} bytes: store it where others can read it and answer where that is.`,
  );
}

import { AppError } from '@trimtab/kernel';
import { inProcessSpan } from '@trimtab/messaging';
import type { CallHandler, Delivery, Settlement } from '@trimtab/messaging';
import type { Task, TaskContext, TaskOutcome } from '../task.js';
import { Answers } from '../work/answers.js';
import { BatchSize } from '../work/batch-size.js';
import { readCommand } from '../work/command.js';
import type { Command } from '../work/command.js';
import { Handling } from '../work/handling.js';
import { bytesOf } from '../work/large-values.js';
import type { LargeValues } from '../work/large-values.js';
import { resultMessage } from '../work/messages.js';
import { Slots } from '../work/slots.js';
import { isPromise, UnstoredTasks } from '../work/unstored-tasks.js';
import type { UnstoredOptions } from '../work/unstored-tasks.js';
import type { PlainContext, PlainTask } from './plain-task.js';

export interface PlainExecutorOptions extends UnstoredOptions {
  /** The durable consumer, for traces. */
  readonly group: string;
  readonly tasks: Readonly<Record<string, PlainTask>>;
}

/** There is no artifact store here, and the bus has a limit of 1 MB a message. */
const MAX_OUTPUT_BYTES = 512 * 1024;

/** Works on commands without storing anything: run the handler, publish the answer, acknowledge. */
export class PlainExecutor {
  private readonly handling: Handling;
  private readonly unstored: UnstoredTasks;
  private readonly slots: Slots;
  private readonly handlers: ReadonlyMap<string, { readonly call: CallHandler; readonly task: PlainTask }>;

  constructor(private readonly options: PlainExecutorOptions) {
    const { messaging, concurrency, tasks } = options;
    this.handling = new Handling(options);
    const sizes = new BatchSize();
    this.unstored = new UnstoredTasks(options, this.handling, onlyInline, new Answers(messaging), sizes);
    this.slots = new Slots(concurrency);
    this.handlers = new Map(
      Object.entries(tasks).map(([type, task]) => [type, { call: callOf(task), task }]),
    );
  }

  get inFlight(): number {
    return this.handling.inFlight;
  }

  get stats(): Handling['stats'] {
    return this.handling.stats;
  }

  execute(delivery: Delivery): Promise<Settlement> | Settlement {
    const { subject, envelope, headers } = delivery;
    return inProcessSpan({ subject, envelope, fields: headers, group: this.options.group }, () =>
      this.settle(delivery),
    );
  }

  /** Answers a command that was given up, so that its run does not wait for ever. Throws when the answer is not out. */
  async fail(command: Command, error: AppError): Promise<void> {
    const { messaging, source } = this.options;
    const failed = this.handling.failed(error, this.handling.now());
    const { subject, envelope } = resultMessage(command, 0, source, failed);
    await messaging.publish(subject, envelope);
  }

  /** Tells the handlers that still run to stop; their commands go to another instance. */
  abort(): void {
    this.handling.abort();
  }

  private settle(delivery: Delivery): Promise<Settlement> | Settlement {
    const command = readCommand(delivery.envelope);
    if (!command) return { kind: 'dead', reason: 'invalid-command', error: 'not a task command' };
    const { type } = command.task;
    const handler = this.handlers.get(type);
    if (!handler) return { kind: 'dead', reason: 'no-handler', error: `no handler for "${type}" here` };
    const { call, task } = handler;
    if (task.effects === 'none') return this.unstored.work(delivery, command, call, 'none');
    return command.ahead ? this.unstored.tooEarly(delivery, command) : this.inTurn(delivery, command, call);
  }

  private async inTurn(delivery: Delivery, command: Command, call: CallHandler): Promise<Settlement> {
    const turn = this.slots.enter();
    if (turn) await turn;
    try {
      return await this.unstored.work(delivery, command, call);
    } finally {
      this.slots.leave();
    }
  }
}

/** A plain function as a handler of a service. */
const callOf =
  ({ handler }: PlainTask): CallHandler =>
  (given, context) => {
    const task = given as Task<never>;
    const output = handler(task.input, plainContext(task, context as TaskContext));
    return isPromise(output) ? output.then(outcomeOf) : outcomeOf(output);
  };

const outcomeOf = (output: unknown): TaskOutcome => ({ output: output ?? null });

function plainContext(task: Task<never>, context: TaskContext): PlainContext {
  const { runId, taskId, type, attempt, deadline, correlationId } = task;
  return {
    runId,
    taskId,
    type,
    attempt,
    deadline,
    correlationId,
    idempotencyKey: `${runId}/${taskId}`,
    get signal() {
      return context.signal;
    },
    get log() {
      return context.log;
    },
    progress: context.progress,
  };
}

const onlyInline: LargeValues = {
  resolved: () =>
    Promise.reject(
      new AppError(
        'task.input-by-reference',
        'The input is too large for a message and came by reference, which a plain worker cannot read: give the task less.',
      ),
    ),
  fits: (output) => {
    if (bytesOf(output, MAX_OUTPUT_BYTES) <= MAX_OUTPUT_BYTES) return true;
    throw new AppError(
      'task.output-too-large',
      `The output has more than ${MAX_OUTPUT_BYTES} bytes: store it where others can read it and answer where that is.`,
    );
  },
  byReference: (output) => Promise.resolve(output),
};

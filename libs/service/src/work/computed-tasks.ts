import type { TaskResultData } from '@trimtab/contracts';
import { AppError, crashPoint } from '@trimtab/kernel';
import type { Batch, CallHandler, Delivery } from '@trimtab/messaging';
import type { TaskOutcome } from '../task.js';
import { Answers } from './answers.js';
import { BatchSize } from './batch-size.js';
import { checkedOutput } from './command.js';
import type { Command } from './command.js';
import { StorageUnavailable } from './errors.js';
import type { Handling, TaskFate } from './handling.js';
import { resultMessage } from './messages.js';
import type { TaskCommit, Work } from './task-commit.js';
import type { ExecutorOptions } from './task-executor.js';

/**
 * Commands of handlers that only compute (`effects: 'none'`). Nothing is stored: the answer is published, then the
 * command is acknowledged. A crash in between repeats the work, and the orchestrator, which takes one answer to an
 * attempt, is not moved by the second.
 */
export class ComputedTasks {
  private readonly answers: Answers;
  private readonly sizes: Pick<BatchSize, 'of' | 'began'>;

  constructor(
    private readonly options: ExecutorOptions,
    private readonly handling: Handling,
    private readonly commit: TaskCommit,
  ) {
    this.answers = new Answers(options.messaging);
    this.sizes = options.sizes ?? new BatchSize();
  }

  async work(delivery: Delivery, command: Command, call: CallHandler): Promise<TaskFate> {
    const { source } = this.options;
    // Raised by each delivery and by each send, as a claim in the inbox would be.
    const claim = delivery.streamSequence + delivery.deliveryCount - 1;
    const work: Work = { command, claim, source };
    crashPoint('task.received');
    const result = await this.resultOf(work, call, delivery.batch);
    if (!result) return 'stopped';
    crashPoint('task.worked');
    const takes = this.sizes.of(command.task.type);
    await this.answers.give(resultMessage(command, claim, source, { ...result, takes }), delivery);
    crashPoint('task.published');
    return result.status;
  }

  /** Undefined when the service stops before the handler has an answer. */
  private async resultOf(
    work: Work,
    call: CallHandler,
    batch: Batch | undefined,
  ): Promise<TaskResultData | undefined> {
    const { handling, commit } = this;
    const { contracts, worker } = this.options;
    const { type } = work.command.task;
    const startedAt = handling.now();
    const done = this.sizes.began(type, batch);
    try {
      const outcome = await handling.call(work, call, commit, computing);
      refuseEffects(type, outcome);
      const made = checkedOutput(contracts, type, outcome.output);
      const output = commit.fits(made) ? (made ?? null) : await commit.byReference(made);
      return { status: 'completed', output, startedAt, endedAt: handling.now(), worker };
    } catch (error) {
      if (error instanceof StorageUnavailable) throw error;
      return handling.wasStopped(error) ? undefined : handling.failed(error, startedAt);
    } finally {
      done();
    }
  }
}

function refuseEffects(type: string, { events, write }: TaskOutcome): void {
  if (write || (events && events.length > 0)) throw effectsUndeclared(`The handler of ${type} gave back`);
}

const computing = {
  brief: true,
  assertCurrent: () => Promise.reject(effectsUndeclared('assertCurrent announces')),
};

const effectsUndeclared = (what: string): AppError =>
  new AppError(
    'task.effects-undeclared',
    `${what} rows, events or an external effect, but is declared with effects: 'none'. Declare it with effects: 'stored'.`,
  );

import type { TaskResultData } from '@trimtab/contracts';
import { AppError, crashPoint } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { CallHandler, Delivery, Settlement } from '@trimtab/messaging';
import type { TaskOutcome } from '../task.js';
import type { Answers } from './answers.js';
import type { BatchSize } from './batch-size.js';
import { checkedOutput, notYet } from './command.js';
import type { Command } from './command.js';
import { StorageUnavailable } from './errors.js';
import { settlementOf } from './handling.js';
import type { Begun, Handling, HandlingOptions } from './handling.js';
import { isReference } from './large-values.js';
import type { LargeValues } from './large-values.js';
import type { LiveTask } from './live-task.js';
import { resultMessage } from './messages.js';
import type { Work } from './task-commit.js';

export interface UnstoredOptions extends HandlingOptions {
  /** `/trimtab/<service>`: source of the messages. */
  readonly source: string;
  /** Handlers that may have effects and run at the same time, however many commands a message carries. */
  readonly concurrency: number;
}

/**
 * Commands for whose handlers nothing is stored: those that only compute (`effects: 'none'`), and those of programs that
 * have no store. The answer is published, then the command is acknowledged. A crash in between repeats the work, and the
 * orchestrator, which takes one answer to an attempt, is not moved by the second.
 */
export class UnstoredTasks {
  constructor(
    private readonly options: UnstoredOptions,
    private readonly handling: Handling,
    private readonly values: LargeValues,
    private readonly answers: Answers,
    private readonly sizes: Pick<BatchSize, 'of' | 'began'>,
  ) {}

  /** Takes one promise for what the handler gives later, and none for what it gives at once: most tasks are that small. */
  work(
    delivery: Delivery,
    command: Command,
    call: CallHandler,
    effects?: 'none',
  ): Promise<Settlement> | Settlement {
    crashPoint('task.received');
    const { handling, options, sizes } = this;
    const { type, input } = command.task;
    // Raised by each delivery and by each send, as a claim in the inbox would be.
    const claim = delivery.streamSequence + delivery.deliveryCount - 1;
    const one: Computing = {
      delivery,
      call,
      effects,
      work: { command, claim, source: options.source },
      started: performance.now(),
      startedAt: handling.now(),
      measured: sizes.began(type, delivery.batch),
    };
    if (!isReference(input)) return this.begin(one, input);
    return this.values.resolved(input).then(
      (given) => this.begin(one, given),
      (error: unknown) => this.failed(one, error),
    );
  }

  /** For a handler that may have effects, and a command whose decision is still being stored. */
  async tooEarly({ streamSequence }: Delivery, command: Command): Promise<Settlement> {
    const { source, worker, messaging } = this.options;
    const answer = notYet(this.handling.now(), worker);
    const { subject, envelope } = resultMessage(command, streamSequence, source, answer);
    await messaging.publish(subject, envelope);
    return ack;
  }

  private begin(one: Computing, input: unknown): Promise<Settlement> | Settlement {
    let begun: Begun;
    try {
      begun = this.handling.begin(one.work, one.call, input, noEffects);
    } catch (error) {
      return this.failed(one, error);
    }
    const { live, outcome } = begun;
    if (!isPromise(outcome)) return this.returned(one, live, outcome);
    return outcome.then(
      (given) => this.returned(one, live, given),
      (error: unknown) => {
        this.handling.end(live);
        return this.failed(one, this.handling.reason(live, error));
      },
    );
  }

  private returned(one: Computing, live: LiveTask, outcome: TaskOutcome): Promise<Settlement> | Settlement {
    this.handling.end(live);
    let output: unknown;
    let fits: boolean;
    try {
      output = this.checked(one, outcome);
      fits = this.values.fits(output);
    } catch (error) {
      return this.failed(one, error);
    }
    if (fits) return this.completed(one, output ?? null);
    return this.values.byReference(output).then(
      (reference) => this.completed(one, reference),
      (error: unknown) => this.failed(one, error),
    );
  }

  private checked({ work }: Computing, outcome: TaskOutcome): unknown {
    const { type } = work.command.task;
    refuseEffects(type, outcome);
    return checkedOutput(this.options.contracts, type, outcome.output);
  }

  private completed(one: Computing, output: unknown): Settlement {
    const { startedAt, effects } = one;
    const { worker } = this.options;
    return this.answer(one, {
      status: 'completed',
      output,
      startedAt,
      endedAt: this.handling.now(),
      worker,
      takes: this.takes(one),
      effects,
    });
  }

  private failed(one: Computing, error: unknown): Promise<Settlement> | Settlement {
    if (error instanceof StorageUnavailable) return this.unavailable(one, error);
    if (this.handling.wasStopped(error)) return this.unanswered(one, 'stopped');
    return this.answer(one, {
      ...this.handling.failed(error, one.startedAt),
      takes: this.takes(one),
      effects: one.effects,
    });
  }

  private async unavailable(one: Computing, error: StorageUnavailable): Promise<Settlement> {
    const { delivery, work, call, effects } = one;
    const fate = await this.handling.withoutStorage(error, delivery);
    if (fate) return this.unanswered(one, fate);
    one.measured();
    return this.work(delivery, work.command, call, effects);
  }

  private unanswered(one: Computing, fate: 'stopped' | 'unavailable'): Settlement {
    one.measured();
    this.handling.record(one.work.command, fate, performance.now() - one.started);
    return settlementOf(fate, one.delivery);
  }

  /** How many commands of its type the next message may carry. */
  private takes({ measured, work, effects }: Computing): number {
    measured();
    return this.sizes.of(work.command.task.type, effects ? undefined : this.options.concurrency);
  }

  private answer({ delivery, work, started }: Computing, result: TaskResultData): Settlement {
    crashPoint('task.worked');
    this.handling.record(work.command, result.status, performance.now() - started);
    const message = resultMessage(work.command, work.claim, work.source, result);
    return { kind: 'ack', once: this.answers.give(message, delivery) };
  }
}

/** One command in hand. */
interface Computing {
  readonly delivery: Delivery;
  readonly call: CallHandler;
  readonly effects: 'none' | undefined;
  readonly work: Work;
  readonly started: number;
  readonly startedAt: string;
  /** Call when its handler has ended. */
  readonly measured: () => void;
}

/** Whether a handler gives its outcome later. */
export const isPromise = <Outcome>(outcome: Outcome | Promise<Outcome>): outcome is Promise<Outcome> =>
  typeof (outcome as Partial<Promise<Outcome>> | null | undefined)?.then === 'function';

function refuseEffects(type: string, { events, write }: TaskOutcome): void {
  if (write || (events && events.length > 0)) throw effectsUndeclared(`The handler of ${type} gave back`);
}

const noEffects = (): Promise<never> => Promise.reject(effectsUndeclared('assertCurrent announces'));

const effectsUndeclared = (what: string): AppError =>
  new AppError(
    'task.effects-undeclared',
    `${what} rows, events or an external effect, but is declared with effects: 'none'. Declare it with effects: 'stored'.`,
  );

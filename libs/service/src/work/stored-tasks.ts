import type { TaskResultData } from '@trimtab/contracts';
import type { Claim, OutboxMessage, UnsentMessage } from '@trimtab/event-store';
import { crashPoint } from '@trimtab/kernel';
import type { CallHandler, Delivery, Settlement } from '@trimtab/messaging';
import type { TaskOutcome } from '../task.js';
import type { Answers } from './answers.js';
import type { BatchSize } from './batch-size.js';
import { checkedOutput } from './command.js';
import type { Command } from './command.js';
import { isSuperseded, orUnavailable, StorageUnavailable } from './errors.js';
import { settlementOf } from './handling.js';
import type { Handling, TaskFate, Unanswered } from './handling.js';
import type { StoredValues } from './large-values.js';
import { eventMessages } from './messages.js';
import { Slots } from './slots.js';
import type { TaskCommit, Work } from './task-commit.js';
import type { ExecutorOptions } from './task-executor.js';

/** What is stored and now goes out: an answer alone, or with all that was stored with it. */
type Stored = { readonly answer: OutboxMessage } | { readonly messages: readonly UnsentMessage[] };

/** A command that is claimed. */
interface Working {
  readonly work: Work;
  readonly call: CallHandler;
  readonly batch: Delivery['batch'];
  /** When its handler began, or what came before it failed. */
  startedAt: string;
}

/** `answered` resolves when the answer is out. */
type Done =
  | { readonly fate: TaskFate; readonly answered: Promise<unknown> }
  | { readonly fate: Unanswered; readonly answered?: never };

/**
 * Commands of handlers that may have effects: claim, run the handler, store its rows and its result together, publish,
 * acknowledge. An answer that nothing goes with needs no outbox: until it is out its command comes again, and finds it
 * in the inbox.
 */
export class StoredTasks {
  private readonly slots: Slots;

  constructor(
    private readonly options: ExecutorOptions,
    private readonly handling: Handling,
    private readonly values: StoredValues,
    private readonly commit: TaskCommit,
    private readonly answers: Answers,
    private readonly sizes: Pick<BatchSize, 'of' | 'began'>,
  ) {
    this.slots = new Slots(options.concurrency);
  }

  async work(delivery: Delivery, command: Command, call: CallHandler): Promise<Settlement> {
    const started = performance.now();
    const done = await this.patiently(delivery, command, call);
    this.handling.record(command, done.fate, performance.now() - started);
    return done.answered ? { kind: 'ack', once: done.answered } : settlementOf(done.fate, delivery);
  }

  /** The stored result goes out again as a deliberate re-send. */
  repeat({ claim, result }: Claim): Promise<unknown> {
    const { subject, envelope } = result as OutboxMessage;
    return this.options.messaging.publish(subject, envelope, { sendNumber: claim + 1_000 });
  }

  private async patiently(delivery: Delivery, command: Command, call: CallHandler): Promise<Done> {
    for (;;) {
      try {
        return await this.once(delivery, command, call);
      } catch (error) {
        if (isSuperseded(error)) return { fate: 'superseded' };
        if (!(error instanceof StorageUnavailable)) throw error;
        const fate = await this.handling.withoutStorage(error, delivery);
        if (fate) return { fate };
      }
    }
  }

  private async once(delivery: Delivery, command: Command, call: CallHandler): Promise<Done> {
    const claim = await orUnavailable(this.options.ports.claims.claim(command.task.commandId));
    if (claim.completed) return { fate: 'repeated', answered: this.repeat(claim) };
    crashPoint('task.received');
    const one: Working = {
      work: { command, claim: claim.claim, source: this.options.source },
      call,
      batch: delivery.batch,
      startedAt: this.handling.now(),
    };
    let fate: TaskFate = 'completed';
    let stored: Stored;
    try {
      stored = await this.run(one);
    } catch (error) {
      if (error instanceof StorageUnavailable || isSuperseded(error)) throw error;
      if (this.handling.wasStopped(error)) return { fate: 'stopped' };
      const failed = { ...this.handling.failed(error, one.startedAt), takes: this.takes(command) };
      fate = failed.status;
      stored = { answer: await this.commit.result(one.work, failed) };
    }
    crashPoint('task.stored');
    return { fate, answered: this.publish(stored, delivery) };
  }

  private async run(one: Working): Promise<Stored> {
    const { contracts, source, worker } = this.options;
    const { work } = one;
    const { command } = work;
    const outcome = await this.handled(one);
    crashPoint('task.worked');
    const output = await this.values.inline(checkedOutput(contracts, command.task.type, outcome.output));
    const endedAt = this.handling.now();
    const { startedAt } = one;
    const takes = this.takes(command);
    const result: TaskResultData = { status: 'completed', output, startedAt, endedAt, worker, takes };
    const events = eventMessages(command, source, endedAt, outcome.events ?? []);
    if (events.length === 0 && !outcome.write) return { answer: await this.commit.result(work, result) };
    return { messages: await this.commit.all(work, result, events, (tx) => outcome.write?.(tx)) };
  }

  private async handled(one: Working): Promise<TaskOutcome> {
    const { work, call, batch } = one;
    const { type, commandId } = work.command.task;
    const { inbox } = this.options.ports;
    const turn = this.slots.enter();
    if (turn) await turn;
    one.startedAt = this.handling.now();
    const measured = this.sizes.began(type, batch);
    try {
      const assertCurrent = (): Promise<void> => orUnavailable(inbox.verify(commandId, work.claim));
      return await this.handling.call(work, call, this.values, assertCurrent);
    } finally {
      measured();
      this.slots.leave();
    }
  }

  /** How many commands of its type the next message may carry. */
  private takes({ task }: Command): number {
    return this.sizes.of(task.type, this.options.concurrency);
  }

  private publish(stored: Stored, delivery: Delivery): Promise<unknown> {
    if ('answer' in stored) return this.answers.give(stored.answer, delivery);
    return this.options.relay.send(stored.messages).then(() => crashPoint('task.published'));
  }
}

import type { TaskResultData } from '@trimtab/contracts';
import type { Claim, OutboxMessage } from '@trimtab/event-store';
import { crashPoint } from '@trimtab/kernel';
import type { AppError } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { CallHandler, Delivery, Settlement } from '@trimtab/messaging';
import type { TaskHandlerOptions } from '../handlers.decorator.js';
import type { TaskOutcome } from '../task.js';
import type { BatchSize } from './batch-size.js';
import { checkedOutput, notYet, readCommand } from './command.js';
import type { Command } from './command.js';
import { ComputedTasks } from './computed-tasks.js';
import { isSuperseded, StorageUnavailable } from './errors.js';
import { Handling, settlementOf } from './handling.js';
import type { HandlingOptions, TaskFate } from './handling.js';
import { eventMessages, resultMessage } from './messages.js';
import type { OutboxRelay } from './outbox-relay.js';
import { orUnavailable, TaskCommit } from './task-commit.js';
import type { CommitPorts, Work } from './task-commit.js';

export interface ExecutorOptions extends HandlingOptions {
  /** `/trimtab/<service>`: source of the messages. */
  readonly source: string;
  readonly ports: CommitPorts;
  readonly relay: OutboxRelay;
  /** How many commands of a type one message may carry; measured unless told. */
  readonly sizes?: Pick<BatchSize, 'of' | 'began'>;
}

/** Works on task commands: claim, run the handler, commit rows and result together, publish, acknowledge. */
export class TaskExecutor {
  private readonly commit: TaskCommit;
  private readonly handling: Handling;
  private readonly computed: ComputedTasks;

  constructor(private readonly options: ExecutorOptions) {
    this.commit = new TaskCommit(options.ports);
    this.handling = new Handling(options);
    this.computed = new ComputedTasks(options, this.handling, this.commit);
  }

  /** Handlers that run at this moment. */
  get inFlight(): number {
    return this.handling.inFlight;
  }

  get stats(): Handling['stats'] {
    return this.handling.stats;
  }

  /** For the transport: one delivery of one command. */
  execute(
    delivery: Delivery,
    call: CallHandler,
    { effects }: TaskHandlerOptions = {},
  ): Promise<Settlement> | Settlement {
    const command = readCommand(delivery.envelope);
    if (!command) return { kind: 'dead', reason: 'invalid-command', error: 'not a task command' };
    if (effects === 'none') return this.computed.work(delivery, command, call);
    return command.ahead ? this.tooEarly(delivery, command) : this.store(delivery, command, call);
  }

  private async tooEarly({ streamSequence }: Delivery, command: Command): Promise<Settlement> {
    const { source, worker, messaging } = this.options;
    const answer = notYet(this.handling.now(), worker);
    const { subject, envelope } = resultMessage(command, streamSequence, source, answer);
    await messaging.publish(subject, envelope);
    return ack;
  }

  /** Answers a command that was given up, so that its run does not wait for ever. Does nothing for one with a result. */
  async fail(command: Command, error: AppError): Promise<void> {
    const { commandId } = command.task;
    const claim = await this.options.ports.inbox.claim(commandId);
    if (claim.completed) return this.repeat(claim);
    const work = { command, claim: claim.claim, source: this.options.source };
    await this.publish(await this.commit.commit(work, this.handling.failed(error, this.handling.now())));
  }

  /** Aborts the handlers that still run; their commands go to another instance. */
  abort(): void {
    this.handling.abort();
  }

  private async store(delivery: Delivery, command: Command, call: CallHandler): Promise<Settlement> {
    const started = performance.now();
    const work = (): Promise<TaskFate> => this.work(command, call);
    const fate = await work().catch((error: unknown) => this.withoutStorage(error, delivery, work));
    this.handling.record(command, fate, performance.now() - started);
    return settlementOf(fate, delivery);
  }

  private async withoutStorage(
    error: unknown,
    delivery: Delivery,
    work: () => Promise<TaskFate>,
  ): Promise<TaskFate> {
    if (isSuperseded(error)) return 'superseded';
    if (!(error instanceof StorageUnavailable)) throw error;
    const fate = await this.handling.withoutStorage(error, delivery);
    return fate ?? work().catch((again: unknown) => this.withoutStorage(again, delivery, work));
  }

  private async work(command: Command, call: CallHandler): Promise<TaskFate> {
    const { ports, source } = this.options;
    const claim = await orUnavailable(ports.claims.claim(command.task.commandId));
    if (claim.completed) {
      await this.repeat(claim);
      return 'repeated';
    }
    const work: Work = { command, claim: claim.claim, source };
    crashPoint('task.received');
    const startedAt = this.handling.now();
    try {
      await this.run(work, call, startedAt);
      return 'completed';
    } catch (error) {
      if (error instanceof StorageUnavailable || isSuperseded(error)) throw error;
      if (this.handling.wasStopped(error)) return 'stopped';
      await this.publish(await this.commit.commit(work, this.handling.failed(error, startedAt)));
      return 'failed';
    }
  }

  private async run(work: Work, call: CallHandler, startedAt: string): Promise<void> {
    const { contracts, source, worker, ports } = this.options;
    const { type, commandId } = work.command.task;
    const assertCurrent = (): Promise<void> => orUnavailable(ports.inbox.verify(commandId, work.claim));
    const outcome = await this.handling.call(work, call, this.commit, { brief: false, assertCurrent });
    crashPoint('task.worked');
    const output = await this.commit.inline(checkedOutput(contracts, type, outcome.output));
    const endedAt = this.handling.now();
    const result: TaskResultData = { status: 'completed', output, startedAt, endedAt, worker };
    const events = eventMessages(work.command, source, endedAt, outcome.events ?? []);
    const write = outcome.write
      ? (tx: Parameters<NonNullable<TaskOutcome['write']>>[0]) => outcome.write!(tx)
      : undefined;
    await this.publish(await this.commit.commit(work, result, events, write));
  }

  /** The stored result goes out again as a deliberate re-send. */
  private async repeat(claim: Claim): Promise<void> {
    const { subject, envelope } = claim.result as OutboxMessage;
    await this.options.messaging.publish(subject, envelope, { sendNumber: claim.claim + 1_000 });
  }

  private async publish(messages: Awaited<ReturnType<TaskCommit['commit']>>): Promise<void> {
    crashPoint('task.stored');
    if (messages.length > 0) await this.options.relay.send(messages);
    crashPoint('task.published');
  }
}

import type { TaskResultData } from '@trimtab/contracts';
import type { Claim, OutboxMessage } from '@trimtab/event-store';
import { crashPoint } from '@trimtab/kernel';
import type { AppError } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { CallHandler, Delivery, Settlement } from '@trimtab/messaging';
import type { TaskHandlerOptions } from '../handlers.decorator.js';
import type { TaskOutcome } from '../task.js';
import type { BatchSize } from './batch-size.js';
import { checkedOutput, readCommand } from './command.js';
import type { Command } from './command.js';
import { ComputedTasks } from './computed-tasks.js';
import { isSuperseded, StorageUnavailable } from './errors.js';
import { Handling } from './handling.js';
import type { HandlingOptions, TaskFate } from './handling.js';
import { eventMessages } from './messages.js';
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

const STORAGE_PAUSE_MS = 2_000;

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
  async execute(
    delivery: Delivery,
    call: CallHandler,
    { effects }: TaskHandlerOptions = {},
  ): Promise<Settlement> {
    const command = readCommand(delivery.envelope);
    if (!command) return { kind: 'dead', reason: 'invalid-command', error: 'not a task command' };
    const started = performance.now();
    const work = (): Promise<TaskFate> =>
      effects === 'none' ? this.computed.work(delivery, command, call) : this.work(command, call);
    let settled: TaskFate;
    try {
      settled = await work();
    } catch (error) {
      settled = await this.withoutStorage(error, delivery, work);
    }
    this.handling.record(command, settled, performance.now() - started);
    if (settled === 'superseded') return { kind: 'leave' };
    if (settled === 'stopped') {
      return delivery.lastDelivery ? { kind: 'leave' } : { kind: 'retry', delayMs: 0, reason: 'stopping' };
    }
    if (settled !== 'unavailable') return ack;
    const delayMs = Math.min(30_000, 1_000 * 2 ** delivery.deliveryCount);
    return { kind: 'retry', delayMs, reason: 'storage-unavailable' };
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

  /** On the last delivery a retry would make a dead letter of a message that is not to blame: it waits here instead. */
  private async withoutStorage(
    error: unknown,
    delivery: Delivery,
    work: () => Promise<TaskFate>,
  ): Promise<TaskFate> {
    if (isSuperseded(error)) return 'superseded';
    if (!(error instanceof StorageUnavailable)) throw error;
    this.options.log.warn('storage is away', { error, deliveries: delivery.deliveryCount });
    if (!delivery.lastDelivery) return 'unavailable';
    if (this.handling.isStopping) return 'stopped';
    await new Promise((done) => setTimeout(done, STORAGE_PAUSE_MS));
    return work().catch((again: unknown) => this.withoutStorage(again, delivery, work));
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

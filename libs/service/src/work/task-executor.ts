import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { TaskResultData } from '@trimtab/contracts';
import type { Claim, OutboxMessage } from '@trimtab/event-store';
import { AppError, blockIn, crashPoint, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { CallHandler, Delivery, Messaging, Settlement } from '@trimtab/messaging';
import { count, duration } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import type { TaskContext, TaskOutcome } from '../task.js';
import { checkedInput, checkedOutput, readCommand } from './command.js';
import type { Command, TaskContracts } from './command.js';
import { isSuperseded, StorageUnavailable } from './errors.js';
import { LiveTask } from './live-task.js';
import { eventMessages } from './messages.js';
import type { OutboxRelay } from './outbox-relay.js';
import { orUnavailable, TaskCommit } from './task-commit.js';
import type { CommitPorts, Work } from './task-commit.js';

export interface ExecutorOptions {
  /** `/trimtab/<service>`: source of the messages. */
  readonly source: string;
  /** Instance that did the work, in results. */
  readonly worker: string;
  readonly contracts: TaskContracts;
  readonly messaging: Messaging;
  readonly ports: CommitPorts;
  readonly relay: OutboxRelay;
  readonly clock: Clock;
  readonly log: Logger;
}

type Outcome = 'completed' | 'failed' | 'repeated' | 'superseded' | 'unavailable' | 'stopped';

const STORAGE_PAUSE_MS = 2_000;
const STOPPING = new AppError('service.stopping', 'The service stops; another instance takes the task.', {
  retry: 'later',
});

/** Works on task commands: claim, run the handler, commit rows and result together, publish, acknowledge. */
export class TaskExecutor {
  private readonly commit: TaskCommit;
  private readonly running = new Set<LiveTask>();
  readonly stats = { requests: 0, errors: 0, processingNs: 0, lastError: '' };
  private stopping = false;

  constructor(private readonly options: ExecutorOptions) {
    this.commit = new TaskCommit(options.ports);
  }

  /** Handlers that run at this moment. */
  get inFlight(): number {
    return this.running.size;
  }

  /** For the transport: one delivery of one command. */
  async execute(delivery: Delivery, call: CallHandler): Promise<Settlement> {
    const command = readCommand(delivery.envelope);
    if (!command) return { kind: 'dead', reason: 'invalid-command', error: 'not a task command' };
    const started = performance.now();
    const settled = await this.untilStorage(delivery, () => this.work(command, call));
    this.record(command, settled, performance.now() - started);
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
    const now = this.options.clock.now().toISOString();
    const work = { command, claim: claim.claim, source: this.options.source };
    await this.publish(await this.commit.commit(work, this.failed(error, now)));
  }

  /** Aborts the handlers that still run; their commands go to another instance. */
  abort(): void {
    this.stopping = true;
    for (const live of this.running) live.stop(STOPPING);
  }

  /** On the last delivery a retry would make a dead letter of a message that is not to blame: it waits here instead. */
  private async untilStorage(delivery: Delivery, work: () => Promise<Outcome>): Promise<Outcome> {
    for (;;) {
      const outcome = await work().catch((error: unknown): Outcome => {
        if (isSuperseded(error)) return 'superseded';
        if (!(error instanceof StorageUnavailable)) throw error;
        this.options.log.warn('storage is away', { error, deliveries: delivery.deliveryCount });
        return 'unavailable';
      });
      if (outcome !== 'unavailable' || !delivery.lastDelivery) return outcome;
      if (this.stopping) return 'stopped';
      await new Promise((done) => setTimeout(done, STORAGE_PAUSE_MS));
    }
  }

  private async work(command: Command, call: CallHandler): Promise<Outcome> {
    const { ports, source, clock } = this.options;
    const claim = await orUnavailable(
      ports.claims.run((tx) => ports.inbox.claim(command.task.commandId, tx)),
    );
    if (claim.completed) {
      await this.repeat(claim);
      return 'repeated';
    }
    const work: Work = { command, claim: claim.claim, source };
    crashPoint('task.received');
    const startedAt = clock.now().toISOString();
    try {
      await this.run(work, call, startedAt);
      return 'completed';
    } catch (error) {
      if (error instanceof StorageUnavailable || isSuperseded(error)) throw error;
      if (this.stopping && error === STOPPING) return 'stopped';
      await this.publish(await this.commit.commit(work, this.failed(error, startedAt)));
      return 'failed';
    }
  }

  private async run(work: Work, call: CallHandler, startedAt: string): Promise<void> {
    const { contracts, source, clock, worker } = this.options;
    const { type } = work.command.task;
    const outcome = await this.handle(work, call);
    crashPoint('task.worked');
    const output = await this.commit.inline(checkedOutput(contracts, type, outcome.output));
    const endedAt = clock.now().toISOString();
    const result: TaskResultData = { status: 'completed', output, startedAt, endedAt, worker };
    const events = eventMessages(work.command, source, endedAt, outcome.events ?? []);
    const write = outcome.write
      ? (tx: Parameters<NonNullable<TaskOutcome['write']>>[0]) => outcome.write!(tx)
      : undefined;
    await this.publish(await this.commit.commit(work, result, events, write));
  }

  private async handle(work: Work, call: CallHandler): Promise<TaskOutcome> {
    const { messaging, clock, contracts } = this.options;
    const { task } = work.command;
    const input = checkedInput(contracts, task.type, await this.commit.resolved(task.input));
    const live = new LiveTask(task, messaging, clock);
    this.running.add(live);
    try {
      live.signal.throwIfAborted();
      return (await call({ ...task, input }, this.contextOf(work, live))) as TaskOutcome;
    } catch (error) {
      // What a handler throws because it was told to stop is the reason that it was told.
      throw live.signal.aborted && !(error instanceof AppError) ? live.signal.reason : error;
    } finally {
      this.running.delete(live);
      live.end();
    }
  }

  private contextOf({ command, claim }: Work, live: LiveTask): TaskContext {
    const { runId, taskId, type, attempt, commandId } = command.task;
    const log = this.options.log.child({ runId, taskId, type, attempt, claim });
    return {
      signal: live.signal,
      log,
      claim,
      progress: (done, total, note) => live.progress(done, total, note),
      assertCurrent: async () => {
        live.signal.throwIfAborted();
        await orUnavailable(this.options.ports.inbox.verify(commandId, claim));
      },
    };
  }

  private failed(error: unknown, startedAt: string): TaskResultData {
    const { clock, worker } = this.options;
    const blocked = blockIn(error);
    if (blocked)
      return { status: 'blocked', ...blocked, startedAt, endedAt: clock.now().toISOString(), worker };
    const info = toErrorInfo(error);
    this.stats.lastError = `${info.code}: ${info.message}`;
    trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: info.message });
    trace.getActiveSpan()?.setAttribute('error.type', info.code);
    this.options.log.warn('a task failed', { error });
    return { status: 'failed', error: info, startedAt, endedAt: clock.now().toISOString(), worker };
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

  private record(command: Command, outcome: Outcome, ms: number): void {
    const { type, runId, taskId, attempt } = command.task;
    this.stats.requests += 1;
    this.stats.processingNs += Math.round(ms * 1e6);
    if (outcome === 'failed') this.stats.errors += 1;
    count('trimtab.tasks', { type, outcome });
    duration('trimtab.task.duration', ms, { type });
    this.options.log.info('task', { type, runId, taskId, attempt, outcome, ms: Math.round(ms) });
  }
}

import type { Artifacts } from '@trimtab/event-store';
import type { AppError } from '@trimtab/kernel';
import type { CallHandler, Delivery, Settlement } from '@trimtab/messaging';
import type { TaskHandlerOptions } from '../handlers.decorator.js';
import { Answers } from './answers.js';
import { BatchSize } from './batch-size.js';
import { readCommand } from './command.js';
import type { Command } from './command.js';
import { Handling } from './handling.js';
import { StoredValues } from './large-values.js';
import type { OutboxRelay } from './outbox-relay.js';
import { StoredTasks } from './stored-tasks.js';
import { TaskCommit } from './task-commit.js';
import type { CommitPorts } from './task-commit.js';
import { UnstoredTasks } from './unstored-tasks.js';
import type { UnstoredOptions } from './unstored-tasks.js';

export interface ExecutorOptions extends UnstoredOptions {
  readonly ports: CommitPorts;
  readonly artifacts: Artifacts;
  readonly relay: OutboxRelay;
  /** How many commands of a type one message may carry; measured unless told. */
  readonly sizes?: Pick<BatchSize, 'of' | 'began'>;
}

/** Works on task commands: those of handlers that only compute, and those of handlers that may have effects. */
export class TaskExecutor {
  private readonly commit: TaskCommit;
  private readonly handling: Handling;
  private readonly computed: UnstoredTasks;
  private readonly stored: StoredTasks;

  constructor(private readonly options: ExecutorOptions) {
    const { messaging, sizes = new BatchSize() } = options;
    const answers = new Answers(messaging);
    this.commit = new TaskCommit(options.ports);
    this.handling = new Handling(options);
    const values = new StoredValues(options.artifacts);
    this.computed = new UnstoredTasks(options, this.handling, values, answers, sizes);
    this.stored = new StoredTasks(options, this.handling, values, this.commit, answers, sizes);
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
    if (effects === 'none') return this.computed.work(delivery, command, call, effects);
    return command.ahead
      ? this.computed.tooEarly(delivery, command)
      : this.stored.work(delivery, command, call);
  }

  /**
   * Answers a command that was given up, so that its run does not wait for ever; one with a result is answered with it.
   * Throws when the answer is not out.
   */
  async fail(command: Command, error: AppError): Promise<void> {
    const { ports, source, messaging } = this.options;
    const claim = await ports.inbox.claim(command.task.commandId);
    if (claim.completed) return void (await this.stored.repeat(claim));
    const failed = this.handling.failed(error, this.handling.now());
    const { subject, envelope } = await this.commit.result({ command, claim: claim.claim, source }, failed);
    await messaging.publish(subject, envelope);
  }

  /** Aborts the handlers that still run; their commands go to another instance. */
  abort(): void {
    this.handling.abort();
  }
}

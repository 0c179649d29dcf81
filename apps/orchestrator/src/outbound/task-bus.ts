import { subjects } from '@trimtab/contracts';
import type { LiveMessage } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import { CommandBatches } from './command-batches.js';
import type { WorkerSays } from './command-batches.js';
import { orMissing } from './held-commands.js';
import type { OutgoingCommand } from '../domain/task-messages.js';
import type { Publication } from '../domain/public-events.js';

/** The way to the workers and to everybody else. */
export abstract class TaskBus {
  /** Resolves with the place in the stream once the broker has the command. Throws `bus.*`. */
  abstract send(command: OutgoingCommand, sendNumber: number): Promise<number>;
  /** A worker answered a command that was sent on this subject, and said something of itself. */
  abstract heard(subject: string, answer: WorkerSays): void;
  /** Whether all workers that answered a moment ago on this subject only compute. */
  abstract computes(subject: string): boolean;
  /** Whether the broker still holds a command: waiting for a worker or being worked on. */
  abstract holds(sequence: number): Promise<boolean>;
  abstract cancel(message: LiveMessage & { kind: 'cancel' }): void;
  /** Resolves when the broker has all of them. Throws `bus.*`. */
  abstract publish(publications: readonly Publication[]): Promise<unknown>;
  /** When each stream was made; another instant than before means that its content is lost. */
  abstract streamsCreated(): Promise<Map<string, string>>;
}

export class JetStreamTaskBus extends TaskBus {
  private readonly batches: CommandBatches;

  constructor(private readonly messaging: Messaging) {
    super();
    this.batches = new CommandBatches(messaging, () => performance.now());
  }

  override send(command: OutgoingCommand, sendNumber: number): Promise<number> {
    return this.batches.send(command, sendNumber);
  }

  override heard(subject: string, answer: WorkerSays): void {
    this.batches.heard(subject, answer);
  }

  override computes(subject: string): boolean {
    return this.batches.computes(subject);
  }

  override async holds(sequence: number): Promise<boolean> {
    const jsm = await this.messaging.jsm();
    return (await orMissing(jsm.streams.getMessage('CMD', { seq: sequence }))) != null;
  }

  override cancel(message: LiveMessage & { kind: 'cancel' }): void {
    this.messaging.publishLive(subjects.live(message.runId), message);
  }

  override publish(publications: readonly Publication[]): Promise<unknown> {
    return this.messaging.publishAll(publications);
  }

  override async streamsCreated(): Promise<Map<string, string>> {
    const jsm = await this.messaging.jsm();
    const created = new Map<string, string>();
    for (const name of ['CMD', 'RES', 'EVT']) {
      const info = await orMissing(jsm.streams.info(name));
      if (info) created.set(name, String(info.created));
    }
    return created;
  }
}

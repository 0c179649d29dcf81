import { subjects } from '@trimtab/contracts';
import type { LiveMessage } from '@trimtab/contracts';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { Messaging } from '@trimtab/messaging';
import type { OutgoingCommand } from '../domain/task-messages.js';
import type { Publication } from '../domain/public-events.js';

const NOT_FOUND = 404;

/** The way to the workers and to everybody else. */
export abstract class TaskBus {
  /** Resolves with the place in the stream once the broker has the command. Throws `bus.*`. */
  abstract send(command: OutgoingCommand, sendNumber: number): Promise<number>;
  /** Whether the broker still holds a command: waiting for a worker or being worked on. */
  abstract holds(sequence: number): Promise<boolean>;
  abstract cancel(message: LiveMessage & { kind: 'cancel' }): void;
  abstract publish(publication: Publication): Promise<unknown>;
  /** When each stream was made; another instant than before means that its content is lost. */
  abstract streamsCreated(): Promise<Map<string, string>>;
}

export class JetStreamTaskBus extends TaskBus {
  constructor(private readonly messaging: Messaging) {
    super();
  }

  override async send({ subject, envelope }: OutgoingCommand, sendNumber: number): Promise<number> {
    const { seq } = await this.messaging.publish(subject, envelope, { sendNumber });
    return seq;
  }

  override async holds(sequence: number): Promise<boolean> {
    const jsm = await this.messaging.jsm();
    return (await orMissing(jsm.streams.getMessage('CMD', { seq: sequence }))) != null;
  }

  override cancel(message: LiveMessage & { kind: 'cancel' }): void {
    this.messaging.publishLive(subjects.live(message.runId), message);
  }

  override publish({ subject, envelope }: Publication): Promise<unknown> {
    return this.messaging.publish(subject, envelope);
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

async function orMissing<Value>(value: Promise<Value>): Promise<Value | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof JetStreamApiError && (error.code as number) === NOT_FOUND) return undefined;
    throw error;
  }
}

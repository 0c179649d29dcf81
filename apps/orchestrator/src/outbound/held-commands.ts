import { JetStreamApiError } from '@nats-io/jetstream';
import type { Messaging } from '@trimtab/messaging';

const STREAM = 'CMD';
const NOT_FOUND = 404;

/** What the broker holds of commands whose place in the stream nobody remembers: those that an earlier owner sent. */
export abstract class HeldCommands {
  /** Place of the newest command: what was sent until now is there or before. */
  abstract newest(): Promise<number>;
  /** Place of the oldest command on a subject that waits for a worker or is worked on. */
  abstract oldest(subject: string): Promise<number | undefined>;
}

export class JetStreamHeldCommands extends HeldCommands {
  constructor(private readonly messaging: Pick<Messaging, 'jsm'>) {
    super();
  }

  override async newest(): Promise<number> {
    const jsm = await this.messaging.jsm();
    return (await orMissing(jsm.streams.info(STREAM)))?.state.last_seq ?? 0;
  }

  override async oldest(subject: string): Promise<number | undefined> {
    const jsm = await this.messaging.jsm();
    // The server knows this question (`NextMsgRequest`); the type of the client's method leaves it out.
    const query = { seq: 1, next_by_subj: subject } as { seq: number };
    return (await orMissing(jsm.streams.getMessage(STREAM, query)))?.seq;
  }
}

/** What the broker answers; undefined when it has no such stream or message. */
export async function orMissing<Value>(value: Promise<Value>): Promise<Value | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

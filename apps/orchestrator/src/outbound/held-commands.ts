import { JetStreamApiError } from '@nats-io/jetstream';
import type { Messaging } from '@trimtab/messaging';

const STREAM = 'CMD';
const NOT_FOUND = 404;

/** By subject: commands behind this place have not been given to any worker yet. `Infinity` where nothing is known. */
export type GivenOut = (subject: string) => number;

/** What the broker holds of commands, told without asking for each of them. */
export abstract class HeldCommands {
  /** Place of the newest command: what was sent until now is there or before. */
  abstract newest(): Promise<number>;
  /** Place of the oldest command on a subject that waits for a worker or is worked on. */
  abstract oldest(subject: string): Promise<number | undefined>;
  /** How far the queues have been given out to workers. */
  abstract givenOut(): Promise<GivenOut>;
}

/** A queue with commands that no worker has seen yet. */
interface Backlog {
  readonly filters: readonly string[];
  readonly givenOut: number;
}

export class JetStreamHeldCommands extends HeldCommands {
  /** All partitions ask at the same time: once is enough. */
  private asking: Promise<GivenOut> | undefined;

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

  override givenOut(): Promise<GivenOut> {
    this.asking ??= orMissing(this.backlogs())
      .then(
        (backlogs = []) =>
          (subject: string) =>
            placeOf(backlogs, subject),
      )
      .finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async backlogs(): Promise<Backlog[]> {
    const jsm = await this.messaging.jsm();
    const found: Backlog[] = [];
    for await (const { config, delivered, num_pending: waiting } of jsm.consumers.list(STREAM)) {
      const filters = config.filter_subjects ?? [config.filter_subject ?? '>'];
      if (waiting > 0) found.push({ filters, givenOut: delivered.stream_seq });
    }
    return found;
  }
}

const placeOf = (backlogs: readonly Backlog[], subject: string): number =>
  backlogs.find(({ filters }) => filters.some((filter) => covers(filter, subject)))?.givenOut ?? Infinity;

/** Filters of commands have no other wildcard than `>` at their end. */
const covers = (filter: string, subject: string): boolean =>
  filter.endsWith('>') ? subject.startsWith(filter.slice(0, -1)) : filter === subject;

/** What the broker answers; undefined when it has no such stream or message. */
export async function orMissing<Value>(value: Promise<Value>): Promise<Value | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

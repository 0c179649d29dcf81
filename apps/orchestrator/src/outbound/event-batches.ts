import { batchOf, encodeEntry, partsOf } from '@trimtab/messaging';
import { toErrorInfo } from '@trimtab/kernel';
import type { Publication } from '../domain/public-events.js';

/** Fewer events of one type at the same moment go as messages of their own. */
const LEAST = 8;
const LIMITS = { count: 256, bytes: 256 * 1024 };
/** These come in numbers; all others are single messages. */
const OF_TASKS = 'trimtab.evt.task.';
const OF_QUEUEING = 'trimtab.evt.task.queued.';
const OF_RUN_ENDS = /^trimtab\.evt\.run\.(completed|failed|cancelled)\./;

/** As `Messaging`, as far as public events need it. */
export interface EventPort {
  publish(subject: string, envelope: Publication['envelope']): Promise<unknown>;
  publishBatch(subject: string, batch: Uint8Array): Promise<unknown>;
}

interface Asked {
  readonly publications: readonly Publication[];
  /** The messages that they went in. */
  readonly sent: Set<Promise<unknown>>;
  readonly resolve: (all: Promise<unknown>) => void;
}

interface Entry extends Publication {
  readonly asked: Asked;
  text: string;
}

/**
 * Publishes the events of a moment. Where many events of tasks wait, those of a type share a message: queueing goes
 * before what else happens to tasks, and the ends of runs go last.
 */
export class EventBatches {
  private waiting: Asked[] = [];

  constructor(private readonly messaging: EventPort) {}

  /** Resolves when the broker has all of them. Throws `bus.*`. */
  publish(publications: readonly Publication[]): Promise<unknown> {
    return new Promise((resolve) => {
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ publications, sent: new Set(), resolve });
    });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    const [queued, tasks, ends] = [new Map<string, Entry[]>(), new Map<string, Entry[]>(), [] as Entry[]];
    for (const asked of all) {
      for (const { subject, envelope } of asked.publications) {
        const entry = { subject, envelope, asked, text: '' };
        if (subject.startsWith(OF_TASKS)) put(subject.startsWith(OF_QUEUEING) ? queued : tasks, entry);
        else if (OF_RUN_ENDS.test(subject)) ends.push(entry);
        else this.sendAlone(entry);
      }
    }
    for (const [subject, group] of [...queued, ...tasks]) this.sendGroup(subject, group);
    for (const entry of ends) this.sendAlone(entry);
    for (const { sent, resolve } of all) resolve(Promise.all(sent));
  }

  private sendGroup(subject: string, group: readonly Entry[]): void {
    if (group.length < LEAST) return group.forEach((entry) => this.sendAlone(entry));
    for (const entry of group) entry.text = encodeEntry(entry.envelope);
    for (const part of partsOf(group, LIMITS)) {
      const sent = this.messaging
        .publishBatch(subject, batchOf(part.map(({ text }) => text)))
        // What is wrong with one of them for ever must not be the end of all.
        .catch((error: unknown) =>
          toErrorInfo(error).retry === 'never'
            ? Promise.all(part.map((entry) => this.messaging.publish(subject, entry.envelope)))
            : Promise.reject(error as Error),
        );
      for (const { asked } of part) asked.sent.add(sent);
    }
  }

  private sendAlone({ subject, envelope, asked }: Entry): void {
    asked.sent.add(this.messaging.publish(subject, envelope));
  }
}

function put(groups: Map<string, Entry[]>, entry: Entry): void {
  const group = groups.get(entry.subject);
  if (group) group.push(entry);
  else groups.set(entry.subject, [entry]);
}

import { batchOf, encodeEntry } from '@trimtab/messaging';
import { toErrorInfo } from '@trimtab/kernel';
import type { OutgoingCommand, TaskAnswer } from '../domain/task-messages.js';

const MAX_BYTES = 512 * 1024;
/** How long a worker is counted after its last answer. */
const HEARD_MS = 10_000;
/** How many workers of one kind are told apart. */
const MAX_WORKERS = 256;

/** As `Messaging`, as far as commands need it. */
export interface CommandPort {
  publish(
    subject: string,
    envelope: OutgoingCommand['envelope'],
    options: { sendNumber: number },
  ): Promise<{ seq: number }>;
  publishBatch(subject: string, batch: Uint8Array): Promise<{ seq: number }>;
}

/** What a worker says of itself in an answer. */
export type WorkerSays = Pick<TaskAnswer, 'worker' | 'takes' | 'computed'>;

/** What the workers behind a subject said in their answers. */
interface Takers {
  takes: number;
  /** A worker that takes single commands only answered a moment ago: no batch until it is gone. */
  singleUntil: number;
  /** One that only computes answered a moment ago, and one that does not. */
  computedUntil: number;
  storedUntil: number;
  readonly seen: Map<string, number>;
}

interface Waiting {
  readonly command: OutgoingCommand;
  readonly text: string;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts the first sends of one turn to the same workers into one message, as far as these workers said in their answers
 * that they take several. What is ready together is spread over the workers that are known.
 */
export class CommandBatches {
  private readonly takers = new Map<string, Takers>();
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly messaging: CommandPort,
    private readonly now: () => number,
  ) {}

  /** An answer came from a worker behind this subject. */
  heard(subject: string, { worker, takes, computed }: WorkerSays): void {
    const now = this.now();
    const known = this.takers.get(subject) ?? nobody();
    this.takers.set(subject, known);
    if (takes === undefined) known.singleUntil = now + HEARD_MS;
    else known.takes = takes;
    if (computed) known.computedUntil = now + HEARD_MS;
    else known.storedUntil = now + HEARD_MS;
    known.seen.delete(worker);
    known.seen.set(worker, now);
    for (const [name, at] of known.seen) {
      if (now - at <= HEARD_MS && known.seen.size <= MAX_WORKERS) break;
      known.seen.delete(name);
    }
  }

  /** Whether a worker that only computes and takes batches answered a moment ago, and none that does not. */
  computes(subject: string): boolean {
    const known = this.takers.get(subject);
    const now = this.now();
    if (!known || known.singleUntil > now) return false;
    return known.computedUntil > now && known.storedUntil <= now;
  }

  /** Resolves with the place in the stream. Throws `bus.*`. */
  send(command: OutgoingCommand, sendNumber: number): Promise<number> {
    const { subject } = command;
    if (!isAhead(command) && (sendNumber > 1 || this.takenBy(subject) === 1))
      return this.single(command, sendNumber);
    return new Promise((resolve, reject) => {
      if (this.waiting.size === 0) queueMicrotask(() => this.flush());
      const group = this.waiting.get(subject) ?? [];
      this.waiting.set(subject, group);
      group.push({ command, text: encodeEntry(command.envelope), resolve, reject });
    });
  }

  private takenBy(subject: string): number {
    const known = this.takers.get(subject);
    return !known || known.singleUntil > this.now() ? 1 : known.takes;
  }

  private flush(): void {
    const groups = [...this.waiting];
    this.waiting.clear();
    for (const [subject, group] of groups) {
      const workers = Math.max(1, this.takers.get(subject)?.seen.size ?? 1);
      const most = Math.min(this.takenBy(subject), Math.ceil(group.length / workers));
      for (const part of partsOf(group, most)) this.sendPart(subject, part);
    }
  }

  private sendPart(subject: string, part: readonly Waiting[]): void {
    if (part.length === 1 && !part.some(({ command }) => isAhead(command))) return this.sendSingly(part);
    this.messaging.publishBatch(subject, batchOf(part.map(({ text }) => text))).then(
      ({ seq }) => part.forEach(({ resolve }) => resolve(seq)),
      (error: unknown) => {
        // What is wrong with one of them for ever must not be the end of all.
        if (toErrorInfo(error).retry === 'never') this.sendSingly(part);
        else part.forEach(({ reject }) => reject(error));
      },
    );
  }

  private sendSingly(part: readonly Waiting[]): void {
    for (const { command, resolve, reject } of part) this.single(command, 1).then(resolve, reject);
  }

  private async single({ subject, envelope }: OutgoingCommand, sendNumber: number): Promise<number> {
    return (await this.messaging.publish(subject, envelope, { sendNumber })).seq;
  }
}

/**
 * Goes out as a batch, if of one: a batch is no repetition of another. After a crash the same command may be sent ahead
 * again, and its first answer may be gone.
 */
const isAhead = ({ envelope }: OutgoingCommand): boolean => envelope.data.ahead === true;

const nobody = (): Takers => ({
  takes: 1,
  singleUntil: 0,
  computedUntil: 0,
  storedUntil: 0,
  seen: new Map<string, number>(),
});

/** Parts of at most so many commands and bytes. */
function partsOf(group: readonly Waiting[], most: number): Waiting[][] {
  const parts: Waiting[][] = [];
  let bytes = Infinity;
  for (const waiting of group) {
    const last = parts.at(-1);
    if (!last || last.length >= most || bytes + waiting.text.length > MAX_BYTES) {
      parts.push([waiting]);
      bytes = 0;
    } else last.push(waiting);
    bytes += waiting.text.length;
  }
  return parts;
}

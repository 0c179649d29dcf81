import type { Envelope } from '@trimtab/kernel';
import type { SimProcess, Machine } from '../engine/sim-process.js';
import type { Journal, MessageNote } from '@trimtab/testing/audit';
import { COMPUTED } from './workflows.js';

const DUPLICATE_WINDOW_MS = 120_000;
const ADVISORY_RETRY_MS = 10_000;

export interface Stored {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly content: Content;
}

/** One event, or the bytes of a batch with the events in it. */
export interface Content {
  readonly events: readonly Envelope[];
  readonly batch?: Uint8Array;
}

/** Where a message stands in its work queue. */
interface Standing extends Stored {
  deliveries: number;
  /** Not given out before this instant. */
  visibleAt: number;
  /** Raised with each delivery: settles of earlier ones are recognized. */
  turn: number;
  handledBy: SimProcess | undefined;
  givenUp: boolean;
}

export interface Subscription {
  readonly process: SimProcess;
  readonly stream: string;
  readonly prefix: string;
  readonly ackWaitMs: number;
  readonly maxDeliver: number;
  readonly deliver: (message: Stored, deliveries: number, settle: Settle) => void;
  stopped: boolean;
}

/** What became of single events of a batch that is acknowledged; the others were handled. */
export type Fates = ReadonlyMap<number, 'buried' | 'parted'>;

export type Settle = (how: 'ack' | 'bury' | 'leave' | { readonly retryMs: number }, fates?: Fates) => void;

/** JetStream as far as work queues go: ack wait, redelivery, max deliver, a dedupe window, and a store that can vanish. */
export class SimBus {
  readonly subscriptions = new Set<Subscription>();
  /** Called for a command that ran out of deliveries; true when it is dealt with. */
  onGivenUp: (message: Stored) => Promise<boolean> = () => Promise.resolve(false);
  private created = 1;
  private sequence = 0;
  private messages = new Map<string, Standing>();
  private known = new Map<string, { at: number; sequence: number }>();
  /** By subject, the last place that was given to somebody. */
  private given = new Map<string, number>();
  private dispatching = false;

  constructor(
    private readonly machine: Machine,
    private readonly journal: Journal,
  ) {}

  /** Stores a message once per message id and window; gives its sequence. */
  store(subject: string, content: Content, messageId: string): number {
    const { now } = this.machine.scheduler;
    const stream = streamOf(subject);
    const before = this.known.get(messageId);
    if (before && now - before.at < DUPLICATE_WINDOW_MS) return before.sequence;
    const sequence = this.insert(stream, subject, content);
    this.known.set(messageId, { at: now, sequence });
    if (this.machine.faults.roll('duplicate')) this.insert(stream, subject, content);
    return sequence;
  }

  holds(stream: string, sequence: number): boolean {
    return this.messages.has(`${stream}:${sequence}`);
  }

  /** Place of the newest message, of whatever stream. */
  get newest(): number {
    return this.sequence;
  }

  /** Place of the oldest message on a subject that is still there. */
  oldest(subject: string): number | undefined {
    for (const message of this.messages.values()) if (message.subject === subject) return message.sequence;
    return undefined;
  }

  /** By subject, the last place that a worker was given while others wait behind it. */
  givenOut(): (subject: string) => number {
    const waiting = [...this.messages.values()].filter(({ deliveries }) => deliveries === 0);
    const last = new Map(waiting.map(({ subject }) => [subject, this.given.get(subject) ?? 0]));
    return (subject) => last.get(subject) ?? Infinity;
  }

  get pending(): Set<string> {
    return new Set([...this.messages.values()].flatMap((message) => notesOf(message).map(keyOf)));
  }

  /** When each stream was made. */
  streamsCreated(): Map<string, string> {
    return new Map(['CMD', 'RES', 'EVT'].map((name) => [name, String(this.created)]));
  }

  /** Somebody deletes the whole store; the streams come back empty. */
  deleteStore(): void {
    this.journal.add({ kind: 'storeDeleted' });
    this.messages = new Map();
    this.known = new Map();
    this.given = new Map();
    this.created += 1;
  }

  /** A consumer is made anew: what was in hand is given out again at once. */
  resetConsumer(prefix: string): void {
    for (const message of this.messages.values()) {
      if (!message.subject.startsWith(prefix)) continue;
      Object.assign(message, { visibleAt: 0, handledBy: undefined, deliveries: 0, turn: message.turn + 1 });
    }
    this.wake();
  }

  subscribe(subscription: Subscription): void {
    this.subscriptions.add(subscription);
    this.wake();
  }

  wake(delay = 0): void {
    if (delay > 0) this.machine.scheduler.after(delay, undefined, () => this.wake());
    else if (!this.dispatching) {
      this.dispatching = true;
      this.machine.scheduler.after(0, undefined, () => this.dispatch());
    }
  }

  private insert(stream: string, subject: string, { events, batch }: Content): number {
    const sequence = (this.sequence += 1);
    if (stream === 'EVT') return sequence;
    const content = { events: JSON.parse(JSON.stringify(events)) as Envelope[], ...(batch && { batch }) };
    const message: Standing = {
      ...{ stream, sequence, subject, content, deliveries: 0, visibleAt: 0, turn: 0 },
      ...{ handledBy: undefined, givenUp: false },
    };
    this.messages.set(`${stream}:${sequence}`, message);
    for (const note of notesOf(message)) this.journal.add({ kind: 'published', ...note });
    this.wake();
    return sequence;
  }

  private dispatch(): void {
    this.dispatching = false;
    const { scheduler, random, faults } = this.machine;
    const due = [...this.messages.values()].filter(
      ({ visibleAt, givenUp }) => visibleAt <= scheduler.now && !givenUp,
    );
    if (due.length > 1 && faults.roll('reorder')) due.sort(() => random.next() - 0.5);
    for (const message of due) this.giveOut(message);
  }

  private giveOut(message: Standing): void {
    const takers = [...this.subscriptions].filter(
      ({ process, stream, prefix, stopped }) =>
        !process.dead && !stopped && stream === message.stream && message.subject.startsWith(prefix),
    );
    if (takers.length === 0) return;
    const taker = this.machine.random.pick(takers);
    if (taker.maxDeliver > 0 && message.deliveries >= taker.maxDeliver) return this.giveUp(message);
    message.deliveries += 1;
    this.given.set(message.subject, Math.max(message.sequence, this.given.get(message.subject) ?? 0));
    message.turn += 1;
    message.handledBy = taker.process;
    message.visibleAt = this.machine.scheduler.now + taker.ackWaitMs;
    const { deliveries, turn } = message;
    const settle: Settle = (how, fates) => this.settled(message, turn, taker.process, how, fates);
    taker.process.enter(() => taker.deliver(message, deliveries, settle), this.machine.faults.latency());
    this.expectSettled(message, turn, taker.ackWaitMs);
  }

  /** A process that lives and works says so; one that is dead or stands still lets the ack wait run out. */
  private expectSettled(message: Standing, turn: number, ackWaitMs: number): void {
    this.machine.scheduler.after(ackWaitMs, undefined, () => {
      if (message.turn !== turn || !this.holds(message.stream, message.sequence)) return;
      if (message.handledBy && !message.handledBy.dead && !message.handledBy.paused) {
        message.visibleAt = this.machine.scheduler.now + ackWaitMs;
        return this.expectSettled(message, turn, ackWaitMs);
      }
      message.handledBy = undefined;
      this.wake();
    });
  }

  private settled(
    message: Standing,
    turn: number,
    process: SimProcess,
    how: Parameters<Settle>[0],
    fates?: Fates,
  ): void {
    if (how === 'leave') {
      if (message.turn === turn) message.handledBy = undefined;
      return;
    }
    process.send('ack', () => {
      if (!this.holds(message.stream, message.sequence)) return;
      if (this.machine.faults.roll('ackLost')) {
        if (message.turn === turn) message.handledBy = undefined;
        return;
      }
      if (how === 'ack' || how === 'bury')
        return this.remove(message, how === 'ack' ? 'acked' : 'buried', fates);
      if (message.turn !== turn) return;
      message.handledBy = undefined;
      message.turn += 1;
      message.visibleAt = this.machine.scheduler.now + how.retryMs;
      this.wake(how.retryMs + 1);
    });
  }

  private giveUp(message: Standing): void {
    message.givenUp = true;
    void this.onGivenUp(message).then((done) => {
      if (done) this.remove(message, 'buried');
      else this.machine.scheduler.after(ADVISORY_RETRY_MS, undefined, () => this.giveUp(message));
    });
  }

  private remove(message: Standing, kind: 'acked' | 'buried', fates?: Fates): void {
    if (!this.messages.delete(`${message.stream}:${message.sequence}`)) return;
    for (const note of notesOf(message))
      this.journal.add({ kind: fates?.get(note.entry ?? 0) ?? kind, ...note });
  }
}

const streamOf = (subject: string): string => (subject.split('.')[1] ?? '').toUpperCase();

function notesOf({ stream, sequence, content: { events, batch } }: Stored): MessageNote[] {
  return events.map(({ id, runid: runId, taskid: task, attempt, fencetoken, data }, index) => {
    const computed = (data as { type?: string } | undefined)?.type === COMPUTED;
    const claim = Number(fencetoken?.split('.')[1] ?? 0);
    return { stream, sequence, ...(batch && { entry: index }), id, runId, task, attempt, claim, computed };
  });
}

const keyOf = ({ stream, sequence, entry }: MessageNote): string =>
  entry === undefined ? `${stream}:${sequence}` : `${stream}:${sequence}:${entry}`;

import type { AppendResult } from '../log/event.js';
import type { AppendRequest } from './pending.js';
import type { HeldAppend } from './plan.js';

/** An append with the promise of its caller. */
export interface PendingAppend extends HeldAppend {
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

/** An append that waits: its caller hears once. */
export class Append implements PendingAppend {
  readonly partition: number;
  readonly stream: string;
  readonly expectedVersion: number;
  readonly events: PendingAppend['events'];
  readonly attachments: PendingAppend['attachments'];
  readonly bytes: number;
  private answered = false;

  constructor(
    request: AppendRequest,
    readonly state: PendingAppend['state'],
    private readonly told: (result: AppendResult) => void,
    private readonly failed: (error: Error) => void,
    private readonly onAnswer: () => void,
  ) {
    this.partition = request.partition;
    this.stream = request.stream;
    this.expectedVersion = request.expectedVersion;
    this.events = request.events;
    this.attachments = request.attachments;
    this.bytes = request.bytes;
  }

  resolve(result: AppendResult): void {
    if (this.first()) this.told(result);
  }

  reject(error: Error): void {
    if (this.first()) this.failed(error);
  }

  private first(): boolean {
    if (this.answered) return false;
    this.answered = true;
    this.onAnswer();
    return true;
  }
}

export interface BatchLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

const rowsOfAppend = (append: PendingAppend): number => append.events.length + append.attachments.length;

/** First in, first out; batches are cut by rows and bytes, one append at least. */
export class AppendQueue {
  private items: PendingAppend[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(append: PendingAppend): void {
    this.items.push(append);
  }

  take({ maxRows, maxBytes }: BatchLimits): PendingAppend[] {
    let rows = 0;
    let bytes = 0;
    let end = this.head;
    for (; end < this.items.length; end += 1) {
      const append = this.items[end] as PendingAppend;
      rows += rowsOfAppend(append);
      bytes += append.bytes;
      if (end > this.head && (rows > maxRows || bytes > maxBytes)) break;
    }
    const batch = this.items.slice(this.head, end);
    this.head = end;
    if (this.head > 4_096 || this.head === this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return batch;
  }

  /** Takes out what matches, keeping the order of the rest. */
  remove(matches: (append: PendingAppend) => boolean): PendingAppend[] {
    const waiting = this.items.slice(this.head);
    this.items = waiting.filter((append) => !matches(append));
    this.head = 0;
    return this.items.length === waiting.length ? [] : waiting.filter(matches);
  }
}

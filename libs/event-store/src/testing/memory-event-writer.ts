import type { AppendOptions, AppendResult, Attachment, NewEvent } from '../log/event.js';
import { EventAppender } from '../log/event-log.port.js';
import type { PendingAppend } from '../writer/append-queue.js';
import { fenced, refusal } from '../writer/errors.js';
import { HeldPartition } from '../writer/held-partition.js';
import { encodeAppend } from '../writer/pending.js';
import { planBatch } from '../writer/plan.js';
import { MemoryEventLog } from './memory-event-log.js';

export interface MemoryStoreOptions {
  /** 16 unless told. */
  readonly partitions?: number;
  /** The database's clock; the system's unless told. */
  readonly now?: () => Date;
}

/** An event log and its writer in memory: `log` reads what `writer` appended, by the rules of the real ones. */
export function memoryEventStore(options: MemoryStoreOptions = {}): {
  readonly log: MemoryEventLog;
  readonly writer: MemoryEventWriter;
} {
  const log = new MemoryEventLog(options.partitions ?? 16, options.now ?? (() => new Date()));
  return { log, writer: new MemoryEventWriter(log) };
}

type Pending = PendingAppend & { readonly options: AppendOptions };

/** Holds all partitions of its log; appends of one turn are committed together. */
export class MemoryEventWriter extends EventAppender {
  private readonly held = new Map<number, HeldPartition>();
  private queue: Pending[] = [];

  constructor(private readonly log: MemoryEventLog) {
    super();
    for (let partition = 0; partition < log.partitionCount; partition += 1) this.hold(partition);
  }

  /** From now on appends to the partition are refused, as if another instance had taken it. */
  fence(partition: number): void {
    const held = this.held.get(partition);
    if (held) held.lost = true;
  }

  /** Takes a fenced partition again. */
  hold(partition: number): void {
    const mine = this.log.events.filter((event) => event.partition === partition);
    const lastSequence = mine.at(-1)?.sequence ?? 0;
    const held = new HeldPartition({ partition, epoch: 1, lastSequence, lastBatch: null });
    for (const event of mine) held.versions.set(event.stream, event.version);
    this.held.set(partition, held);
  }

  override append(
    partition: number,
    stream: string,
    expectedVersion: number,
    events: readonly NewEvent[],
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const request = encodeAppend(partition, stream, expectedVersion, events, options);
      const state = this.held.get(partition);
      if (!state || state.lost) throw fenced(request);
      if (this.queue.length === 0) queueMicrotask(() => this.commit());
      this.queue.push({ ...request, state, resolve, reject, options });
    });
  }

  private commit(): void {
    const doomed = new Set<string>();
    for (const append of this.queue.splice(0)) {
      if (!append.state.versions.has(append.stream)) append.state.versions.set(append.stream, 0);
      const { refused, planned } = planBatch([append], doomed);
      for (const [, error] of refused) append.reject(error);
      for (const { firstSequence } of planned) this.write(append, firstSequence, doomed);
    }
  }

  private write(append: Pending, firstSequence: number, doomed: Set<string>): void {
    const { partition, stream, expectedVersion, state, options } = append;
    const inputs = (options.inputIds ?? []).map((key): Attachment => ({ kind: 'idempotency', key }));
    const attachments = [...inputs, ...(options.attachments ?? [])];
    if (attachments.some((a) => a.kind === 'idempotency' && this.log.inputs.has(`${partition} ${a.key}`))) {
      doomed.add(stream);
      return append.reject(refusal(append, { constraint: 'processed_pkey' }));
    }
    append.events.forEach((event, i) => {
      const place = { stream, partition, version: expectedVersion + 1 + i, sequence: firstSequence + i };
      const data = JSON.parse(event.data) as unknown;
      this.log.events.push({
        ...place,
        id: event.id,
        type: event.type,
        data,
        at: new Date(event.at).toISOString(),
      });
    });
    for (const attachment of attachments) this.log.attach(partition, attachment);
    const version = expectedVersion + append.events.length;
    const lastSequence = firstSequence + append.events.length - 1;
    state.versions.set(stream, version);
    state.lastSequence = lastSequence;
    append.resolve({ version, firstSequence, lastSequence });
  }
}

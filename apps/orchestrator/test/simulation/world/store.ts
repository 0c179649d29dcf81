import type { AppendResult, EventLog, Lease, StoredEvent } from '@trimtab/event-store';
import { fenced, MemoryEventLog, planBatch, refusal } from '@trimtab/event-store/testing';
import type { HeldPartition, PendingAppend } from '@trimtab/event-store/testing';
import type { Attachment } from '@trimtab/event-store';
import type { Journal } from '@trimtab/testing/audit';
import type { SimProcess } from '../engine/sim-process.js';
import type { Measures } from './measures.js';

interface PartitionRow {
  epoch: number;
  owner: string | undefined;
  expiresAt: number;
  lastBatch: string | null;
}

export type Queued = PendingAppend & { readonly attached: readonly Attachment[] };
export type AppendOutcome = { readonly result: AppendResult } | { readonly error: Error };

const LEASE_MS = 6_000;
/** After so long it is certain that the lock of an instance is free: two looks of another one. */
const FOUND_DEAD_MS = 1_500;

/** The database as all instances share it: the log, and one row per partition with its epoch and last batch. */
export class SimStore {
  readonly log: MemoryEventLog;
  private readonly rows: PartitionRow[];
  private readonly seen = new Map<string, number>();
  private readonly outcomes = new Map<string, AppendOutcome[]>();

  constructor(
    partitions: number,
    private readonly clock: () => number,
    private readonly journal: Journal,
    private readonly measures: Measures,
  ) {
    this.log = new MemoryEventLog(partitions, () => new Date(clock()));
    this.rows = Array.from({ length: partitions }, () => ({
      epoch: 0,
      owner: undefined,
      expiresAt: 0,
      lastBatch: null,
    }));
  }

  /** One round of leasing by the database's clock: which of `held` are still the instance's, and what it gets anew. */
  leaseRound(instance: string, held: readonly Lease[]): { still: Set<number>; taken: Lease | undefined } {
    const now = this.clock();
    this.seen.set(instance, now);
    const still = new Set<number>();
    for (const { partition, epoch } of held) {
      const row = this.rows[partition];
      if (row?.epoch !== epoch || row.owner !== instance) continue;
      row.expiresAt = now + LEASE_MS;
      still.add(partition);
    }
    const alive = [...this.seen.values()].filter((at) => now - at < LEASE_MS).length;
    const share = Math.ceil(this.rows.length / Math.max(1, alive));
    return { still, taken: still.size < share ? this.take(instance, now) : undefined };
  }

  /** The process of an instance is gone: its lock is free, so that others need not wait for its leases to run out. */
  died(instance: string): void {
    this.seen.delete(instance);
    const found = this.clock() + FOUND_DEAD_MS;
    for (const row of this.rows) if (row.owner === instance) row.expiresAt = Math.min(row.expiresAt, found);
  }

  release({ partition, epoch }: Lease): void {
    const row = this.rows[partition];
    if (row?.epoch === epoch) row.owner = undefined;
  }

  /** One statement: per partition the fence, then each append by the rules of the writer and the unique keys. */
  commit(instance: string, batchId: string, batch: readonly Queued[]): AppendOutcome[] {
    const doomed = new Set<string>();
    const open = new Map<HeldPartition, boolean>();
    const outcomes = batch.map((append): AppendOutcome => {
      const state = append.state as HeldPartition;
      if (!open.has(state)) open.set(state, this.passes(state, batchId));
      if (!open.get(state)) return { error: fenced(append) };
      return this.write(instance, append, doomed);
    });
    this.outcomes.set(batchId, outcomes);
    return outcomes;
  }

  /** What became of a batch whose answer was lost; undefined when it never arrived. */
  outcomeOf(batchId: string): AppendOutcome[] | undefined {
    return this.outcomes.get(batchId);
  }

  private take(instance: string, now: number): Lease | undefined {
    const partition = this.rows.findIndex(({ owner, expiresAt }) => owner === undefined || expiresAt <= now);
    const row = this.rows[partition];
    if (!row) return undefined;
    Object.assign(row, { owner: instance, epoch: row.epoch + 1, expiresAt: now + LEASE_MS });
    this.journal.add({ kind: 'lease', partition, epoch: row.epoch, instance });
    const lastSequence = this.log.events.filter((event) => event.partition === partition).length;
    return { partition, epoch: row.epoch, lastSequence, lastBatch: row.lastBatch };
  }

  private passes(state: HeldPartition, batchId: string): boolean {
    const row = this.rows[state.id];
    if (!row) return false;
    const ours = row.epoch === state.epoch && row.lastBatch === state.lastBatch;
    if (!ours && this.measures.has('epochFence')) return false;
    row.lastBatch = batchId;
    state.lastBatch = batchId;
    return true;
  }

  private write(instance: string, append: Queued, doomed: Set<string>): AppendOutcome {
    const { stream, state } = append;
    if (!state.versions.has(stream)) state.versions.set(stream, this.versionOf(stream));
    const checked = this.measures.has('expectedVersion');
    const [objection] = checked ? planBatch([append], doomed).refused : [];
    if (objection) return { error: objection[1] };
    const constraint = this.brokenConstraint(append, checked);
    if (constraint === undefined) return this.insert(instance, append);
    doomed.add(stream);
    return { error: refusal(append, { constraint }) };
  }

  /** The unique keys of the tables have the last word. */
  private brokenConstraint(append: Queued, checked: boolean): string | undefined {
    const { stream, expectedVersion, events } = append;
    if (this.repeats(append)) return 'processed_pkey';
    const taken = checked && events.length > 0 && this.versionOf(stream) > expectedVersion;
    return taken ? 'events_stream_version_key' : undefined;
  }

  private insert(instance: string, append: Queued): AppendOutcome {
    const { stream, partition, expectedVersion, state } = append;
    const firstSequence = state.lastSequence + 1;
    const events = append.events.map((event, i): StoredEvent => ({
      ...{ id: event.id, type: event.type, data: JSON.parse(event.data) as unknown },
      ...{ stream, partition, version: expectedVersion + 1 + i, sequence: firstSequence + i },
      at: new Date(event.at).toISOString(),
    }));
    this.log.events.push(...events);
    for (const attachment of append.attached) this.log.attach(partition, attachment);
    if (events.length > 0)
      this.journal.add({ kind: 'commit', partition, epoch: state.epoch, instance, events });
    const version = expectedVersion + events.length;
    const lastSequence = firstSequence + events.length - 1;
    state.versions.set(stream, version);
    state.lastSequence = lastSequence;
    return { result: { version, firstSequence, lastSequence } };
  }

  private repeats({ partition, attached }: Queued): boolean {
    return attached.some(
      (one) => one.kind === 'idempotency' && this.log.inputs.has(`${partition} ${one.key}`),
    );
  }

  private versionOf(stream: string): number {
    return this.log.events.reduce((last, event) => (event.stream === stream ? event.version : last), 0);
  }
}

/** The log as one process reads it: every read is a round trip, old by the time it is there. */
export function remoteLog(process: SimProcess, log: EventLog): EventLog {
  return new Proxy(log, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        process.call(`log.${String(name)}`, () =>
          (member as (...given: unknown[]) => unknown).apply(target, args),
        );
    },
  });
}

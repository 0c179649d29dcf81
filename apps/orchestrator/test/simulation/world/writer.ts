import type { AppendOptions, AppendResult, Attachment, Lease, NewEvent } from '@trimtab/event-store';
import { EventAppender } from '@trimtab/event-store';
import { encodeAppend, fenced, HeldPartition } from '@trimtab/event-store/testing';
import type { SimProcess } from '../engine/sim-process.js';
import type { AppendOutcome, Queued, SimStore } from './store.js';

const LOOK_UP_MS = 200;
/** How long what nobody waits for waits for company. */
const PATIENCE_MS = 20;

/** The writer of one instance: what arrives during a commit shares the next one; a lost answer is looked up. */
export class SimWriter extends EventAppender {
  private readonly held = new Map<number, HeldPartition>();
  private queue: Queued[] = [];
  private busy = false;
  private batches = 0;

  constructor(
    private readonly process: SimProcess,
    private readonly store: SimStore,
    private readonly onFenced: (partition: number) => void,
  ) {
    super();
  }

  open(lease: Lease): void {
    this.drop(lease.partition);
    this.held.set(lease.partition, new HeldPartition(lease));
  }

  drop(partition: number): void {
    const state = this.held.get(partition);
    if (state) state.lost = true;
    this.held.delete(partition);
  }

  async shut(partition: number): Promise<void> {
    const state = this.held.get(partition);
    this.held.delete(partition);
    await state?.idle();
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
      const inputs = (options.inputIds ?? []).map((key): Attachment => ({ kind: 'idempotency', key }));
      const attached = [...inputs, ...(options.attachments ?? [])];
      state.begin();
      this.queue.push({ ...request, state, resolve, reject, attached: structuredClone(attached) });
      if (options.patient) setTimeout(() => void this.flush(), PATIENCE_MS);
      else void this.flush();
    });
  }

  private async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0);
      const outcomes = await this.settled(`${this.process.name}/${(this.batches += 1)}`, batch);
      batch.forEach((append, i) => this.answer(append, outcomes[i]));
    }
    this.busy = false;
  }

  /** Sends a batch until its fate is known; what was never applied is sent again under the same batch id. */
  private async settled(batchId: string, batch: readonly Queued[]): Promise<AppendOutcome[]> {
    const { faults, random } = this.process.machine;
    if (faults.roll('cutOff')) this.process.cutOff(random.integer(6_000, 12_000));
    for (;;) {
      const outcomes = await this.process.call('append', () => this.sent(batchId, batch));
      if (outcomes) return outcomes;
      await new Promise((done) => setTimeout(done, LOOK_UP_MS));
      const found = await this.process.call('lookup', () => this.store.outcomeOf(batchId));
      if (found) return found;
    }
  }

  /** Undefined: no answer came, whether or not the batch was applied. */
  private sent(batchId: string, batch: readonly Queued[]): AppendOutcome[] | undefined {
    const { faults, random } = this.process.machine;
    const unknown = faults.roll('appendUnknown');
    if (unknown && random.chance(0.5)) return undefined;
    const outcomes = this.store.commit(this.process.name, batchId, batch);
    return unknown ? undefined : outcomes;
  }

  private answer(append: Queued, outcome: AppendOutcome | undefined): void {
    (append.state as HeldPartition).end();
    if (outcome && 'result' in outcome) return append.resolve(outcome.result);
    const error = outcome?.error ?? fenced(append);
    if ((error as { code?: string }).code === 'partition.fenced') {
      append.state.lost = true;
      this.onFenced(append.partition);
    }
    append.reject(error);
  }
}

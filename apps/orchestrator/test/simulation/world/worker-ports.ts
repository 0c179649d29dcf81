import { Inbox, Transactions } from '@trimtab/event-store';
import type { Claim, Completion, Sql } from '@trimtab/event-store';
import type { MemoryInbox, MemoryTransactions } from '@trimtab/event-store/testing';
import type { Journal } from '@trimtab/testing/audit';
import type { SimProcess } from '../engine/sim-process.js';
import type { Measures } from './measures.js';

/** Work of one transaction happens at one instant at the database; its answer may get lost, applied or not. */
export class RemoteTransactions extends Transactions {
  constructor(
    private readonly process: SimProcess,
    private readonly inner: MemoryTransactions,
  ) {
    super();
  }

  override run<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result> {
    const { faults, random } = this.process.machine;
    return this.process.call('commit', async () => {
      const lost = faults.roll('workerCommitUnknown');
      if (lost && random.chance(0.5)) throw new Error('the connection was cut before the commit');
      const result = await this.inner.run(work);
      if (lost) throw new Error('the connection was cut after the commit');
      return result;
    });
  }
}

/** The inbox at the other end of a connection; what it grants is written down. */
export class RemoteInbox extends Inbox {
  constructor(
    private readonly process: SimProcess,
    private readonly inner: MemoryInbox,
    private readonly journal: Journal,
    private readonly measures: Measures,
  ) {
    super();
  }

  override claim(commandId: string): Promise<Claim> {
    return this.reach(async () => {
      if (this.process.machine.faults.roll('claimsLost')) this.crash();
      const claim = await this.inner.claim(commandId);
      this.journal.add({ kind: 'claim', command: commandId, claim: claim.claim });
      return this.measures.has('inbox') ? claim : { claim: 1, completed: false };
    });
  }

  override async complete(tx: Sql, command: string, claim: number, result: unknown): Promise<void> {
    await this.inner
      .complete(tx, command, await this.accepted(command, claim), result)
      .catch((error: unknown) => {
        if (this.measures.has('inbox')) throw error;
      });
    this.journal.add({ kind: 'completed', command, claim });
  }

  override verify(command: string, claim: number): Promise<void> {
    return this.reach(async () => {
      if (this.measures.has('fencingToken') && this.measures.has('inbox'))
        await this.inner.verify(command, claim);
    });
  }

  override current(command: string): Promise<Claim | undefined> {
    return this.reach(() => this.inner.current(command));
  }

  override prune(): Promise<number> {
    return Promise.resolve(0);
  }

  private crash(): void {
    for (const [command, claim] of this.inner.crash())
      this.journal.add({ kind: 'claim', command, claim: claim?.claim ?? 0, lost: true });
  }

  /** Without a fencing token any claim passes for the current one. */
  private async accepted(command: string, claim: number): Promise<number> {
    if (this.measures.has('fencingToken') && this.measures.has('inbox')) return claim;
    return (await this.inner.current(command))?.claim ?? claim;
  }

  private reach<Value>(work: () => Promise<Value>): Promise<Value> {
    return this.process.call('inbox', work);
  }
}

/** Claims and completions one by one: how many share a commit makes no difference to what may go wrong. */
export const oneByOne = (transactions: Transactions, inbox: Inbox) => ({
  claims: inbox,
  completions: {
    complete: ({ commandId, claim, result }: Completion) =>
      transactions.run((tx) => inbox.complete(tx, commandId, claim, result)),
  },
});

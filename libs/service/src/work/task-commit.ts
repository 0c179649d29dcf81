import type { TaskResultData } from '@trimtab/contracts';
import type {
  Claims,
  Completions,
  Inbox,
  Outbox,
  OutboxMessage,
  Sql,
  Transactions,
  UnsentMessage,
} from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Command } from './command.js';
import { isStatementFault, isSuperseded, orUnavailable, StorageUnavailable } from './errors.js';
import { resultMessage } from './messages.js';

export interface CommitPorts {
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  /** For commits that also write rows of the service. */
  readonly transactions: Transactions;
  /** For results that nothing goes with. */
  readonly completions: Completions;
  /** Many claims share one commit, too. */
  readonly claims: Claims;
}

export interface Work {
  readonly command: Command;
  readonly claim: number;
  readonly source: string;
}

/** Stores what a task has brought: the result in the inbox, its rows, and messages that go out with it. */
export class TaskCommit {
  constructor(private readonly ports: CommitPorts) {}

  /**
   * A result that nothing goes with: many share a commit. Returns the answer. Throws `task.superseded` or
   * `StorageUnavailable`.
   */
  async result(work: Work, data: TaskResultData): Promise<OutboxMessage> {
    const { command, claim, source } = work;
    const answer = resultMessage(command, claim, source, data);
    const { commandId } = command.task;
    try {
      await this.ports.completions.complete({ commandId, claim, result: answer });
    } catch (error) {
      await this.resolve(work, error);
    }
    return answer;
  }

  /**
   * Rows of the service, the result and what is published with it in one transaction. Returns what is to be published
   * now. Throws as `result`, and what `write` threw.
   */
  async all(
    work: Work,
    data: TaskResultData,
    events: readonly OutboxMessage[],
    write: (tx: Sql) => Promise<void> | undefined,
  ): Promise<readonly UnsentMessage[]> {
    const { inbox, outbox, transactions } = this.ports;
    const { command, claim, source } = work;
    const answer = resultMessage(command, claim, source, data);
    try {
      return await transactions.run(async (tx) => {
        await inbox.complete(tx, command.task.commandId, claim, answer);
        await write(tx);
        return outbox.add(tx, [...events, answer]);
      });
    } catch (error) {
      await this.resolve(work, error);
      return [];
    }
  }

  /** A commit whose answer was lost may have happened: the inbox knows. Throws when it has not. */
  private async resolve({ command, claim }: Work, error: unknown): Promise<void> {
    if (isSuperseded(error) || isStatementFault(error)) throw error;
    if (error instanceof AppError && error.code !== 'transaction.outcome-unknown') throw error;
    const current = await orUnavailable(this.ports.inbox.current(command.task.commandId));
    if (current?.completed && current.claim === claim) return;
    throw new StorageUnavailable('the commit failed', { cause: error });
  }
}

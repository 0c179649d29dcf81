import type { TaskResultData } from '@trimtab/contracts';
import type {
  Artifacts,
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
import { inspectJson } from '@trimtab/messaging';
import type { Command } from './command.js';
import { isStatementFault, isSuperseded, StorageUnavailable } from './errors.js';
import { resultMessage } from './messages.js';

/** Larger outputs travel by reference: `{ $artifact: ref }`. */
export const MAX_INLINE_BYTES = 64 * 1024;

export interface CommitPorts {
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly artifacts: Artifacts;
  /** For commits that also write rows of the service. */
  readonly transactions: Transactions;
  /** For commits of a result alone: many share one. */
  readonly completions: Completions;
  /** Many claims share one commit, too. */
  readonly claims: Claims;
}

export interface Work {
  readonly command: Command;
  readonly claim: number;
  readonly source: string;
}

/** The one transaction of a task: rows of the service, inbox (command → result), outbox (result and public events). */
export class TaskCommit {
  constructor(private readonly ports: CommitPorts) {}

  /**
   * Returns what is to be published now. Throws `task.superseded`, `StorageUnavailable`, or what `write` threw.
   */
  async commit(
    work: Work,
    result: TaskResultData,
    events: readonly OutboxMessage[] = [],
    write?: (tx: Sql) => Promise<void>,
  ): Promise<UnsentMessage[]> {
    const { inbox, outbox, transactions, completions } = this.ports;
    const { command, claim, source } = work;
    const answer = resultMessage(command, claim, source, result);
    const { commandId } = command.task;
    const messages = [...events, answer];
    try {
      if (!write) return await completions.complete({ commandId, claim, result: answer, messages });
      return await transactions.run(async (tx) => {
        await inbox.complete(tx, commandId, claim, answer);
        await write(tx);
        return outbox.add(tx, messages);
      });
    } catch (error) {
      return this.resolve(work, error);
    }
  }

  /** `output` as it may travel inside a message. */
  async inline(output: unknown): Promise<unknown> {
    return this.fits(output) ? (output ?? null) : this.byReference(output);
  }

  /** Whether it may travel inside a message as it is. Throws `task.invalid-output` (never). */
  fits(output: unknown): boolean {
    const text = travelling(output);
    return text.length * 3 <= MAX_INLINE_BYTES || Buffer.byteLength(text) <= MAX_INLINE_BYTES;
  }

  async byReference(output: unknown): Promise<Reference> {
    return { $artifact: await orUnavailable(this.ports.artifacts.putJson(output)) };
  }

  /** The other way: what a reference stands for. */
  async resolved(input: unknown): Promise<unknown> {
    return isReference(input) ? this.ports.artifacts.readJson(input.$artifact.ref) : input;
  }

  /** A commit whose answer was lost may have happened: the inbox knows. */
  private async resolve({ command, claim }: Work, error: unknown): Promise<UnsentMessage[]> {
    if (isSuperseded(error) || isStatementFault(error)) throw error;
    if (error instanceof AppError && error.code !== 'transaction.outcome-unknown') throw error;
    const current = await orUnavailable(this.ports.inbox.current(command.task.commandId));
    if (current?.completed && current.claim === claim) return [];
    throw new StorageUnavailable('the commit failed', { cause: error });
  }
}

/** What stands in a message for a value that is too large for it. */
interface Reference {
  readonly $artifact: { readonly ref: string };
}

export const isReference = (value: unknown): value is Reference =>
  Boolean((value as Partial<Reference> | null | undefined)?.$artifact);

/** Any failure but an expected one means that storage is away. */
export async function orUnavailable<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof AppError || isStatementFault(cause)) throw cause;
    throw new StorageUnavailable('storage does not answer', { cause });
  }
}

/**
 * An output as JSON. What no reader of its message would accept is the worker's failure: as a dead letter of the
 * orchestrator its run would wait for it for ever. Throws `task.invalid-output` (never).
 */
function travelling(output: unknown): string {
  const text = jsonOf(output);
  const fault = text.length <= MAX_INLINE_BYTES ? inspectJson(text) : undefined;
  if (fault) throw invalidOutput(fault.message);
  return text;
}

function jsonOf(output: unknown): string {
  try {
    return JSON.stringify(output) ?? 'null';
  } catch (cause) {
    throw invalidOutput('It is nested too deep, holds itself, or is no JSON at all.', cause);
  }
}

const invalidOutput = (why: string, cause?: unknown): AppError =>
  new AppError('task.invalid-output', `The output cannot travel in a message: ${why}`, { cause });

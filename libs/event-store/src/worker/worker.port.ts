import type { Envelope } from '@trimtab/kernel';
import type { Sql } from '../sql/sql.js';

/** The second half of a fencing token: `<attempt>.<claim>`. */
export interface Claim {
  readonly claim: number;
  /** Stored result of an earlier delivery that completed: publish it again, do not work again. */
  readonly completed: boolean;
  readonly result?: unknown;
}

/** Commands that a service has taken, one row per command; also the Nest token of it. */
export abstract class Inbox {
  /**
   * The returned claim supersedes all earlier ones of the command, whose numbers are lower. A crash of the database may
   * undo it until the next `verify` or `complete`; its number is not given again.
   */
  abstract claim(commandId: string): Promise<Claim>;
  /** Stores the result in the caller's transaction. Throws `task.superseded` when there is another claim, or a result. */
  abstract complete(tx: Sql, commandId: string, claim: number, result: unknown): Promise<void>;
  /**
   * Makes the claim durable and throws `task.superseded` unless it is current and open: call it before each external
   * effect.
   */
  abstract verify(commandId: string, claim: number): Promise<void>;
  abstract current(commandId: string): Promise<Claim | undefined>;
  /** Forgets commands that were claimed longer ago than this; returns how many. */
  abstract prune(olderThanMs: number): Promise<number>;
}

/** Claims as of the inbox, many together. */
export interface Claims {
  claim(commandId: string): Promise<Claim>;
}

export interface Completion {
  readonly commandId: string;
  readonly claim: number;
  readonly result: unknown;
}

/** Results that nothing else goes with, many together. */
export interface Completions {
  /** Resolves when the result is durable. Throws `task.superseded`, and the errors of a commit. */
  complete(completion: Completion): Promise<void>;
}

/** A message to publish after the commit. `subject` is the bus subject; the envelope's `sequence` is given here. */
export interface OutboxMessage {
  readonly subject: string;
  readonly envelope: Envelope;
}

export interface UnsentMessage extends OutboxMessage {
  readonly position: string;
  /** How often it was sent before; `<id>:<sends + 1>` is the `Nats-Msg-Id` of the next send. */
  readonly sends: number;
}

/** Messages that wait for their publication, in the order of their commits; also the Nest token of it. */
export abstract class Outbox {
  /**
   * Adds messages in the caller's transaction and returns them with the `sequence` of their (source, subject of the
   * envelope), counted from 1 without gaps. Transactions on the same pair wait for each other.
   */
  abstract add(tx: Sql, messages: readonly OutboxMessage[]): Promise<UnsentMessage[]>;
  abstract unsent(limit: number): Promise<UnsentMessage[]>;
  /** Counts a send that got no acknowledgement, so that the next one carries another message id. */
  abstract markTried(positions: readonly string[]): Promise<void>;
  abstract markSent(positions: readonly string[]): Promise<void>;
  /** Deletes messages that were sent longer ago than this; returns how many. */
  abstract prune(olderThanMs: number): Promise<number>;
}

export type DeadLetterStatus = 'open' | 'replayed' | 'discarded';

export interface NewDeadLetter {
  /** Identity of the refused message, so that a redelivery makes no second row. */
  readonly id: string;
  readonly service: string;
  readonly reason: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly error?: unknown;
}

export interface DeadLetter extends NewDeadLetter {
  readonly position: string;
  readonly status: DeadLetterStatus;
  readonly replays: number;
  readonly note?: string;
  readonly at: string;
  readonly resolvedAt?: string;
}

export interface DeadLetterQuery {
  readonly status?: DeadLetterStatus;
  readonly service?: string;
  readonly after?: string;
  readonly limit?: number;
}

/** Messages that could not be handled, original bytes and all; also the Nest token of it. */
export abstract class DeadLetterRows {
  /** Inserts once per id; a message that fails again after its replay is open again. */
  abstract insert(letter: NewDeadLetter, sql?: Sql): Promise<void>;
  abstract list(query?: DeadLetterQuery): Promise<DeadLetter[]>;
  abstract get(id: string): Promise<DeadLetter | undefined>;
  /** Throws `dead-letter.not-open` when somebody else resolved it first (or it is unknown). */
  abstract markReplayed(id: string, note?: string, sql?: Sql): Promise<void>;
  abstract discard(id: string, note?: string, sql?: Sql): Promise<void>;
}

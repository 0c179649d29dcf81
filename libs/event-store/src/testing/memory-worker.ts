import type { Sql } from '../sql/sql.js';
import { notOpen } from '../worker/dead-letters.postgres.js';
import { superseded } from '../worker/inbox.postgres.js';
import { numberMessages } from '../worker/number-messages.js';
import type {
  Claim,
  DeadLetter,
  DeadLetterQuery,
  DeadLetterStatus,
  NewDeadLetter,
  OutboxMessage,
  UnsentMessage,
} from '../worker/worker.port.js';
import { DeadLetterRows, Inbox, Outbox } from '../worker/worker.port.js';
import { onRollback } from './memory-transactions.js';

/** The inbox without a database; nothing is pruned. */
export class MemoryInbox extends Inbox {
  private readonly commands = new Map<string, Claim>();
  /** What commands were before claims that no durable write has followed. */
  private before = new Map<string, Claim | undefined>();
  private claims = 0;

  override async claim(commandId: string): Promise<Claim> {
    const known = this.commands.get(commandId);
    const claim = { ...(known ?? { completed: false }), claim: (this.claims += 1) };
    if (!this.before.has(commandId)) this.before.set(commandId, known);
    this.commands.set(commandId, claim);
    return claim;
  }

  override async complete(tx: Sql, commandId: string, claim: number, result: unknown): Promise<void> {
    const known = this.commands.get(commandId);
    if (known && (known.claim !== claim || known.completed)) throw superseded(commandId, claim);
    this.before.clear();
    this.set(commandId, { claim, completed: true, result: JSON.parse(JSON.stringify(result) ?? 'null') });
    onRollback(tx, () => this.set(commandId, known));
  }

  override async verify(commandId: string, claim: number): Promise<void> {
    const found = this.commands.get(commandId);
    if (found?.claim !== claim || found.completed) throw superseded(commandId, claim);
    this.before.clear();
  }

  override async current(commandId: string): Promise<Claim | undefined> {
    return this.commands.get(commandId);
  }

  override async prune(): Promise<number> {
    return 0;
  }

  /** A crash of the database: claims that no durable write has followed are gone. Returns what their commands are now. */
  crash(): ReadonlyMap<string, Claim | undefined> {
    const lost = this.before;
    this.before = new Map();
    for (const [commandId, claim] of lost) this.set(commandId, claim);
    return lost;
  }

  private set(commandId: string, claim: Claim | undefined): void {
    if (claim) this.commands.set(commandId, claim);
    else this.commands.delete(commandId);
  }
}

/** The outbox without a database. */
export class MemoryOutbox extends Outbox {
  private readonly messages = new Map<string, UnsentMessage & { sent: boolean }>();
  private readonly sequences = new Map<string, number>();
  private position = 0;

  override async add(tx: Sql, messages: readonly OutboxMessage[]): Promise<UnsentMessage[]> {
    const numbered = await numberMessages(messages, async (pairs) =>
      pairs.map(({ source, subject, count }) => this.raise(JSON.stringify([source, subject]), count, tx)),
    );
    return numbered.map((message) => {
      const position = String((this.position += 1));
      const unsent = { ...message, position, sends: 0 };
      this.messages.set(position, { ...unsent, sent: false });
      onRollback(tx, () => this.messages.delete(position));
      return unsent;
    });
  }

  override async unsent(limit: number): Promise<UnsentMessage[]> {
    return [...this.messages.values()]
      .filter((message) => !message.sent)
      .slice(0, limit)
      .map(({ position, subject, envelope, sends }) => ({ position, subject, envelope, sends }));
  }

  override async markTried(positions: readonly string[]): Promise<void> {
    this.count(positions, false);
  }

  override async markSent(positions: readonly string[]): Promise<void> {
    this.count(positions, true);
  }

  override async prune(): Promise<number> {
    const sent = [...this.messages.values()].filter((message) => message.sent);
    for (const { position } of sent) this.messages.delete(position);
    return sent.length;
  }

  private count(positions: readonly string[], sent: boolean): void {
    for (const position of positions) {
      const message = this.messages.get(position);
      if (message && !message.sent)
        this.messages.set(position, { ...message, sent, sends: message.sends + 1 });
    }
  }

  private raise(pair: string, count: number, tx: Sql): number {
    const before = this.sequences.get(pair) ?? 0;
    this.sequences.set(pair, before + count);
    onRollback(tx, () => this.sequences.set(pair, before));
    return before + count;
  }
}

/** Dead letters without a database. `now` is where times come from. */
export class MemoryDeadLetterRows extends DeadLetterRows {
  private readonly letters = new Map<string, DeadLetter>();

  constructor(private readonly now: () => Date = () => new Date()) {
    super();
  }

  override async insert(letter: NewDeadLetter, sql?: Sql): Promise<void> {
    const before = this.letters.get(letter.id);
    if (before && before.status !== 'replayed') return;
    const fresh = { position: String(this.letters.size + 1), replays: 0, at: this.now().toISOString() };
    const { reason, error } = letter;
    this.set(
      before
        ? { ...before, reason, error, status: 'open', resolvedAt: undefined }
        : { ...letter, ...fresh, status: 'open' },
      sql,
    );
  }

  override async list(query: DeadLetterQuery = {}): Promise<DeadLetter[]> {
    const { status, service, after = '0', limit = 100 } = query;
    return [...this.letters.values()]
      .filter((letter) => Number(letter.position) > Number(after))
      .filter((letter) => (status ?? letter.status) === letter.status)
      .filter((letter) => (service ?? letter.service) === letter.service)
      .slice(0, limit);
  }

  override async get(id: string): Promise<DeadLetter | undefined> {
    return this.letters.get(id);
  }

  override async markReplayed(id: string, note?: string, sql?: Sql): Promise<void> {
    this.resolve(id, 'replayed', note, sql);
  }

  override async discard(id: string, note?: string, sql?: Sql): Promise<void> {
    this.resolve(id, 'discarded', note, sql);
  }

  private resolve(id: string, status: DeadLetterStatus, note: string | undefined, sql?: Sql): void {
    const letter = this.letters.get(id);
    if (letter?.status !== 'open') throw notOpen(id);
    const replays = letter.replays + (status === 'replayed' ? 1 : 0);
    this.set({ ...letter, status, note, replays, resolvedAt: this.now().toISOString() }, sql);
  }

  private set(letter: DeadLetter, tx: Sql | undefined): void {
    const before = this.letters.get(letter.id);
    this.letters.set(letter.id, letter);
    onRollback(tx, () => (before ? this.letters.set(letter.id, before) : this.letters.delete(letter.id)));
  }
}

import type pg from 'pg';
import { withTransaction } from '../sql/pool.js';
import type { Sql } from '../sql/sql.js';
import { Grouping } from './grouping.js';
import type { Outcome } from './grouping.js';
import { superseded } from './inbox.postgres.js';
import type { PostgresInbox } from './inbox.postgres.js';
import type { PostgresOutbox } from './outbox.postgres.js';
import type { Claim, Claims, Completion, Completions, UnsentMessage } from './worker.port.js';

const MOST = 128;

/** One statement for all commands that arrive while the last one is in flight. */
export class GroupedClaims implements Claims {
  private readonly grouping: Grouping<string, Claim>;

  constructor(inbox: PostgresInbox) {
    const work = async (ids: readonly string[]): Promise<Outcome<Claim>[]> => {
      const claims = await inbox.claimAll(ids);
      return ids.map((id) => ({ result: claims.get(id) as Claim }));
    };
    this.grouping = new Grouping(work, { most: MOST, keyOf: (id) => id });
  }

  claim(commandId: string): Promise<Claim> {
    return this.grouping.run(commandId);
  }
}

/** One transaction, three statements, for all results that are ready while the last one is in flight. */
export class GroupedCompletions implements Completions {
  private readonly grouping: Grouping<Completion, UnsentMessage[]>;

  constructor(
    pool: pg.Pool,
    private readonly inbox: PostgresInbox,
    private readonly outbox: PostgresOutbox,
  ) {
    this.grouping = new Grouping(
      (items: readonly Completion[]) => withTransaction(pool, (tx) => this.completeAll(tx, items)),
      { most: MOST, keyOf: ({ commandId }) => commandId },
    );
  }

  complete(completion: Completion): Promise<UnsentMessage[]> {
    return this.grouping.run(completion);
  }

  private async completeAll(tx: Sql, items: readonly Completion[]): Promise<Outcome<UnsentMessage[]>[]> {
    const accepted = await this.inbox.completeAll(tx, items);
    const messages = items.flatMap((item) => (accepted.has(item.commandId) ? item.messages : []));
    const unsent = await this.outbox.add(tx, messages);
    let next = 0;
    return items.map(({ commandId, claim, messages: own }) => {
      if (!accepted.has(commandId)) return { error: superseded(commandId, claim) };
      next += own.length;
      return { result: unsent.slice(next - own.length, next) };
    });
  }
}

import { Grouping } from './grouping.js';
import type { Outcome } from './grouping.js';
import { superseded } from './inbox.postgres.js';
import type { PostgresInbox } from './inbox.postgres.js';
import type { Claim, Claims, Completion, Completions } from './worker.port.js';

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

/** One statement for all results that are ready while the last one is in flight. */
export class GroupedCompletions implements Completions {
  private readonly grouping: Grouping<Completion, void>;

  constructor(inbox: PostgresInbox) {
    const work = async (items: readonly Completion[]): Promise<Outcome<void>[]> => {
      const accepted = await inbox.completeAll(items);
      return items.map(({ commandId, claim }) =>
        accepted.has(commandId) ? { result: undefined } : { error: superseded(commandId, claim) },
      );
    };
    this.grouping = new Grouping(work, { most: MOST, keyOf: ({ commandId }) => commandId });
  }

  complete(completion: Completion): Promise<void> {
    return this.grouping.run(completion);
  }
}

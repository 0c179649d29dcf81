import type { ActionPlan } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { ActionRecord } from './action-record.js';
import type { StoredPlan } from './approval.js';

/** A record in somebody's hands: a later claim of the same action makes it stale. */
export interface ClaimedRecord {
  readonly record: ActionRecord;
  readonly claim: number;
}

/**
 * Plans and the intents, progress and outcomes of their actions; type and Nest token in one. `save` commits before
 * it resolves, so that an effect never happens without its intent.
 */
export abstract class ActionJournal {
  /** In the caller's transaction; a plan that is there already stays as it is. */
  abstract addPlan(tx: Sql, plan: ActionPlan, grantedBy: StoredPlan['grantedBy']): Promise<void>;
  abstract plan(id: string): Promise<StoredPlan | undefined>;
  /** In the caller's transaction: who granted the plan that was carried out. */
  abstract markExecuted(tx: Sql, planId: string, grantedBy: string): Promise<void>;
  abstract find(actionId: string): Promise<ActionRecord | undefined>;
  /** Supersedes every earlier claim. undefined = unknown action. */
  abstract claim(actionId: string): Promise<ClaimedRecord | undefined>;
  /** Throws `execution.superseded` when the claim is not the newest one. */
  abstract save(claimed: ClaimedRecord): Promise<void>;
}

import type { ActionPlan } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { ActionJournal } from '../domain/action-journal.js';
import type { ClaimedRecord } from '../domain/action-journal.js';
import { planned } from '../domain/action-record.js';
import type { ActionRecord } from '../domain/action-record.js';
import type { StoredPlan } from '../domain/approval.js';

/** The same promises without a database, for specs. Records pass through JSON as they do in Postgres. */
export class MemoryActionJournal extends ActionJournal {
  private readonly plans = new Map<string, StoredPlan>();
  private readonly rows = new Map<string, { claim: number; json: string }>();
  /** Called after each save, to stop a spec's worker at any point. */
  saved: (record: ActionRecord) => void = () => undefined;

  override addPlan(_tx: Sql, plan: ActionPlan, grantedBy: StoredPlan['grantedBy']): Promise<void> {
    const { id, mode, digest, runId } = plan;
    if (!this.plans.has(id)) this.plans.set(id, { id, mode, digest, grantedBy });
    for (const action of plan.actions) {
      const row = { claim: 0, json: JSON.stringify(planned(id, runId, mode, action)) };
      if (!this.rows.has(action.id)) this.rows.set(action.id, row);
    }
    return Promise.resolve();
  }

  override plan(id: string): Promise<StoredPlan | undefined> {
    return Promise.resolve(this.plans.get(id));
  }

  override markExecuted(): Promise<void> {
    return Promise.resolve();
  }

  override find(actionId: string): Promise<ActionRecord | undefined> {
    const row = this.rows.get(actionId);
    return Promise.resolve(row && (JSON.parse(row.json) as ActionRecord));
  }

  override async claim(actionId: string): Promise<ClaimedRecord | undefined> {
    const row = this.rows.get(actionId);
    if (!row) return undefined;
    row.claim += 1;
    return { claim: row.claim, record: JSON.parse(row.json) as ActionRecord };
  }

  override async save({ record, claim }: ClaimedRecord): Promise<void> {
    const row = this.rows.get(record.action.id);
    if (row?.claim !== claim) {
      throw new AppError('execution.superseded', `Somebody else works on action ${record.action.id} now.`);
    }
    row.json = JSON.stringify(record);
    this.saved(record);
  }
}

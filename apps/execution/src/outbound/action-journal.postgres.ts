import type { ActionPlan, PlannedAction } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import type { Procedure, Rollback } from '../domain/action-definition.js';
import { ActionJournal } from '../domain/action-journal.js';
import type { ClaimedRecord } from '../domain/action-journal.js';
import { planned } from '../domain/action-record.js';
import type { ActionRecord, LogEntry, Progress, RecordStatus } from '../domain/action-record.js';
import type { StoredPlan } from '../domain/approval.js';

interface ActionRow {
  readonly plan_id: string;
  readonly run_id: string;
  readonly mode: ActionRecord['mode'];
  readonly status: RecordStatus;
  readonly claim: number;
  readonly action: PlannedAction;
  readonly intent: Omit<Procedure, 'rollback'> | null;
  readonly rollback: Rollback | null;
  readonly progress: Progress;
  readonly log: readonly LogEntry[];
  readonly error: ErrorInfo | null;
}

export class PostgresActionJournal extends ActionJournal {
  constructor(private readonly sql: Sql) {
    super();
  }

  override async addPlan(tx: Sql, plan: ActionPlan, grantedBy: StoredPlan['grantedBy']): Promise<void> {
    await tx.query(
      `INSERT INTO plans (id, run_id, mode, digest, granted_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [plan.id, plan.runId, plan.mode, plan.digest, grantedBy],
    );
    const { progress, log, status } = planned(plan.id, plan.runId, plan.mode, {} as PlannedAction);
    await tx.query(
      `INSERT INTO actions (id, plan_id, run_id, mode, kind, resource_arn, status, action, progress, log)
       SELECT one ->> 'id', $1, $2, $3, one #>> '{action,kind}', one #>> '{resource,arn}', $4, one, $5::jsonb, $6::jsonb
       FROM jsonb_array_elements($7::jsonb) AS one ON CONFLICT DO NOTHING`,
      [
        plan.id,
        plan.runId,
        plan.mode,
        status,
        JSON.stringify(progress),
        JSON.stringify(log),
        JSON.stringify(plan.actions),
      ],
    );
  }

  override async plan(id: string): Promise<StoredPlan | undefined> {
    const [row] = await rowsOf<StoredPlan>(
      this.sql,
      `SELECT id, mode, digest, granted_by AS "grantedBy" FROM plans WHERE id = $1`,
      [id],
    );
    return row;
  }

  override async markExecuted(tx: Sql, planId: string, grantedBy: string): Promise<void> {
    await tx.query(`UPDATE plans SET approved_by = $2, executed_at = now() WHERE id = $1`, [
      planId,
      grantedBy,
    ]);
  }

  override async find(actionId: string): Promise<ActionRecord | undefined> {
    const [row] = await rowsOf<ActionRow>(this.sql, `SELECT * FROM actions WHERE id = $1`, [actionId]);
    return row && recordOf(row);
  }

  override async claim(actionId: string): Promise<ClaimedRecord | undefined> {
    const [row] = await rowsOf<ActionRow>(
      this.sql,
      `UPDATE actions SET claim = claim + 1 WHERE id = $1 RETURNING *`,
      [actionId],
    );
    return row && { record: recordOf(row), claim: row.claim };
  }

  override async save({ record, claim }: ClaimedRecord): Promise<void> {
    const { rollback = null, ...intent } = record.procedure ?? {};
    const saved = await rowsOf(
      this.sql,
      `UPDATE actions SET status = $3, intent = $4, rollback = $5, progress = $6, log = $7, error = $8, updated_at = now()
       WHERE id = $1 AND claim = $2 RETURNING id`,
      [
        record.action.id,
        claim,
        record.status,
        record.procedure && JSON.stringify(intent),
        rollback && JSON.stringify(rollback),
        JSON.stringify(record.progress),
        JSON.stringify(record.log),
        record.error ? JSON.stringify(record.error) : null,
      ],
    );
    if (saved.length === 1) return;
    throw new AppError(
      'execution.superseded',
      `Somebody else works on action ${record.action.id} now: leave it to them.`,
    );
  }
}

const recordOf = (row: ActionRow): ActionRecord => ({
  planId: row.plan_id,
  runId: row.run_id,
  mode: row.mode,
  action: row.action,
  status: row.status,
  procedure: row.intent && row.rollback ? { ...row.intent, rollback: row.rollback } : null,
  progress: row.progress,
  log: row.log,
  ...(row.error === null ? {} : { error: row.error }),
});

import { Anomaly, BudgetStatus } from '@trimtab/contracts';
import type { ActionResult, EventType } from '@trimtab/contracts';
import { z } from 'zod';
import type { Projector, Writes } from './projector.js';

const newest = { newerBy: 'at' };

const saveAnomaly = (db: Writes, runId: string, view: Anomaly, at: Date): Promise<void> => {
  const { id, status, impact } = view;
  return db.put('anomalies', { run_id: runId, id }, { status, impact: impact.amount, view, at }, newest);
};

const saveBudget = (db: Writes, runId: string, view: BudgetStatus, at: Date): Promise<void> =>
  db.put('budgets', { run_id: runId, id: view.id }, { view, at }, newest);

const saveAction = (db: Writes, runId: string, view: ActionResult, at: Date): Promise<void> =>
  db.put('actions', { run_id: runId, id: view.actionId }, { status: view.status, view, at }, newest);

const OutputFindings = z.object({
  anomalies: z.array(Anomaly).nullish(),
  budgets: z.array(BudgetStatus).nullish(),
});

/**
 * Findings that a run carries in its outputs. Anomaly events speak only of what changed since the run before; the
 * outputs have all that this run found, also what was known already. Outputs of another shape are left alone.
 */
export async function saveOutputFindings(
  db: Writes,
  runId: string,
  outputs: unknown,
  at: Date,
): Promise<void> {
  const found = OutputFindings.safeParse(outputs);
  for (const anomaly of found.data?.anomalies ?? []) await saveAnomaly(db, runId, anomaly, at);
  for (const budget of found.data?.budgets ?? []) await saveBudget(db, runId, budget, at);
}

/** How each event about findings, actions, reports and costs changes the read model. */
export const findingProjectors: { readonly [T in EventType]?: Projector<T> } = {
  'trimtab.recommendation.raised.v1': (db, { runId, recommendation: view }, time) => {
    const { id, checkId, resource, monthlySavingsNet } = view;
    const values = {
      check_id: checkId,
      account_id: resource.accountId,
      region: resource.region,
      status: 'open',
      net: monthlySavingsNet.amount,
      view,
      raised_at: time,
    };
    return db.put('recommendations', { run_id: runId, id }, values, { newerBy: 'raised_at' });
  },
  'trimtab.recommendation.resolved.v1': async (db, { recommendationId }, time) => {
    const sql = `UPDATE recommendations SET status = 'resolved' WHERE id = $1 AND raised_at <= $2`;
    await db.query(sql, [recommendationId, time]);
  },
  'trimtab.anomaly.opened.v1': (db, { runId, anomaly }, time) => saveAnomaly(db, runId, anomaly, time),
  'trimtab.anomaly.updated.v1': (db, { runId, anomaly }, time) => saveAnomaly(db, runId, anomaly, time),
  'trimtab.anomaly.closed.v1': (db, { runId, anomaly }, time) => saveAnomaly(db, runId, anomaly, time),
  'trimtab.budget.evaluated.v1': (db, { runId, budget }, time) => saveBudget(db, runId, budget, time),
  'trimtab.action.executed.v1': (db, { runId, result }, time) => saveAction(db, runId, result, time),
  'trimtab.action.failed.v1': (db, { runId, result }, time) => saveAction(db, runId, result, time),
  'trimtab.action.rolled-back.v1': (db, { runId, result }, time) => saveAction(db, runId, result, time),
  'trimtab.report.created.v1': (db, { runId, report: view }, time) =>
    db.put('reports', { run_id: runId }, { view, created_at: time }),
  'trimtab.cost.imported.v1': async (db, imported, time) => {
    const { source, page, pages, firstDay, lastDay, totals, facts } = imported;
    await db.put('costs', { source, page }, { view: { firstDay, lastDay, totals, facts }, at: time }, newest);
    // A smaller import has fewer pages than the one before it.
    await db.query('DELETE FROM costs WHERE source = $1 AND page > $2 AND at <= $3', [source, pages, time]);
  },
};

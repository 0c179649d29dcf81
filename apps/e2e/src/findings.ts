import { createHash } from 'node:crypto';
import type { Reply, TrimtabClient } from '@trimtab/client';
import type { Truth } from './cloud.js';
import type { PublicEvents } from './public-events.js';
import type { FinishedRun } from './runs.js';

type Items<
  O extends 'listRecommendations' | 'listAnomalies' | 'showBudgets' | 'listActions' | 'listApprovals',
> = Reply<O>['items'];

/** Everything that one run found and did, as the gateway shows it. */
export interface Findings {
  readonly inventory: Reply<'runInventory'>;
  readonly recommendations: Items<'listRecommendations'>;
  readonly anomalies: Items<'listAnomalies'>;
  readonly budgets: Items<'showBudgets'>;
  readonly approvals: Items<'listApprovals'>;
  readonly actions: Items<'listActions'>;
  readonly reports: Reply<'listReports'>['items'];
}

/** What people are shown about a run. The read model follows the run: all that was said of it must have got there. */
export async function findingsOf(
  { client, publicEvents }: { readonly client: TrimtabClient; readonly publicEvents: PublicEvents },
  { id: runId }: Pick<FinishedRun, 'id'>,
): Promise<Findings> {
  await publicEvents.arrived(runId);
  const query = { runId, limit: 1000 };
  const [inventory, recommendations, anomalies, budgets, approvals, actions, reports] = await Promise.all([
    client.call('runInventory', { params: { runId } }),
    client.call('listRecommendations', { query }),
    client.call('listAnomalies', { query }),
    client.call('showBudgets', { query: { runId } }),
    client.call('listApprovals', { query }),
    client.call('listActions', { query }),
    client.call('listReports', { query }),
  ]);
  return {
    inventory,
    recommendations: recommendations.items,
    anomalies: anomalies.items,
    budgets: budgets.items,
    approvals: approvals.items,
    actions: actions.items,
    reports: reports.items,
  };
}

/**
 * The part of the findings that must not depend on how the run went: the same company at the same moment gives the
 * same, whatever was killed meanwhile. Times, and ids that are the run's own (its actions and so its plan's digest), are
 * left out.
 */
export function essence(findings: Findings): Record<string, readonly unknown[]> {
  const { inventory, recommendations, anomalies, budgets, approvals, actions, reports } = findings;
  return {
    coverage: sorted(inventory.coverage.map(({ scannedAt: _at, calls: _calls, ...entry }) => entry)),
    recommendations: sorted(recommendations.map(({ runId: _run, raisedAt: _at, ...one }) => one)),
    anomalies: sorted(anomalies.map(({ runId: _run, ...one }) => one)),
    budgets: sorted(budgets.map(({ runId: _run, ...one }) => one)),
    plan: sorted(approvals.map(({ title, status, policy }) => ({ title, status, policy }))),
    actions: sorted(
      actions.map(({ runId: _run, at: _at, actionId, steps, ...one }) =>
        JSON.stringify({ ...one, steps: steps.map(({ name }) => name) }).replaceAll(actionId, 'this-action'),
      ),
    ),
    reports: reports.map(({ title, formats }) => ({ title, formats })),
  };
}

/** One digest for each part, so that a difference says where it is. */
export function digestsOf(findings: Findings): Record<string, string> {
  const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return Object.fromEntries(
    Object.entries(essence(findings)).map(([part, items]) => [part, `${items.length} ${digest(items)}`]),
  );
}

const sorted = <T>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** What was found against what was planted: both lists are empty for a perfect answer. */
export interface Score {
  /** Planted, and not found. */
  readonly missed: readonly string[];
  /** Found, and not planted. */
  readonly wrong: readonly string[];
}

export function scoreWaste(truth: Truth, found: Findings['recommendations']): Score {
  return difference(
    truth.waste.map(({ check, resourceId }) => `${check} ${resourceId}`),
    found.map(({ checkId, resource }) => `${checkId} ${resource.id}`),
  );
}

/** An anomaly counts when account and service fit and its strongest cause names exactly region and usage type. */
export function scoreAnomalies(truth: Truth, found: Findings['anomalies']): Score {
  return difference(
    truth.anomalies.map(({ accountId, service, region, usageType }) =>
      [accountId, service, region, usageType].join(' '),
    ),
    found.map(({ scope, cause }) => {
      const { accountId = scope.accountId, service = scope.service, ...rest } = cause[0]?.dimensions ?? {};
      return [accountId, service, rest['region'] ?? '?', rest['usageType'] ?? '?'].join(' ');
    }),
  );
}

function difference(planted: readonly string[], found: readonly string[]): Score {
  const have = new Set(found);
  const want = new Set(planted);
  const twice = found.filter((one, i) => found.indexOf(one) !== i).map((one) => `${one} (twice)`);
  return {
    missed: planted.filter((one) => !have.has(one)),
    wrong: [...found.filter((one) => !want.has(one)), ...twice],
  };
}

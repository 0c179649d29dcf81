import type { ActionResult, Anomaly, BudgetStatus, Recommendation } from '@trimtab/contracts';

export const AT = '2026-11-21T10:00:00.000Z';
const usd = (amount: string) => ({ amount, currency: 'USD' });

export const started = (runId: string, more: object = {}) => ({
  runId,
  workflow: 'optimize',
  version: 1,
  input: { asOf: AT },
  labels: { mode: 'dry-run' },
  actor: 'local',
  startedAt: AT,
  ...more,
});

export const completed = (runId: string, outputs: unknown = {}) => ({
  runId,
  workflow: 'optimize',
  version: 1,
  status: 'COMPLETED',
  startedAt: AT,
  endedAt: '2026-11-21T10:01:30.000Z',
  tasks: { COMPLETED: 1 },
  outputs,
});

export const task = (runId: string, taskId: string, more: object = {}) => ({
  runId,
  taskId,
  uses: 'discovery.inventory',
  attempt: 1,
  at: AT,
  ...more,
});

export const taskDone = (runId: string, taskId: string, attempt = 1) => ({
  runId,
  taskId,
  uses: 'discovery.inventory',
  attempt,
  startedAt: AT,
  endedAt: '2026-11-21T10:00:20.000Z',
  worker: 'discovery-1',
});

export const recommendation = (id: string, net: string, more: Partial<Recommendation> = {}) =>
  ({
    id,
    checkId: 'EBS-02',
    title: 'Delete an unattached volume',
    resource: {
      arn: `arn:${id}`,
      id,
      type: 'ebs.volume',
      accountId: '111122223333',
      region: 'eu-west-1',
      tags: {},
    },
    action: { kind: 'ebs.delete-volume', parameters: {} },
    risk: 'M',
    monthlySavingsList: usd(net),
    monthlySavingsNet: usd(net),
    rateSource: 'list',
    formula: 'size × price',
    evidence: [{ kind: 'attribute', name: 'state', value: 'available' }],
    confidence: 'high',
    notes: [],
    supersedes: [],
    ...more,
  }) satisfies Recommendation;

export const anomaly = (id: string, impact: string, more: Partial<Anomaly> = {}): Anomaly => ({
  id,
  scope: { accountId: '111122223333', service: 'Compute' },
  kind: 'spike',
  status: 'open',
  severity: 'high',
  period: { start: '2026-11-10', end: '2026-11-12' },
  expected: usd('100'),
  actual: usd('400'),
  impact: usd(impact),
  score: 9,
  cause: [],
  ...more,
});

export const budget = (id: string): BudgetStatus => ({
  id,
  name: id,
  parent: null,
  period: { start: '2026-11-01', end: '2026-12-01' },
  limit: usd('100'),
  actual: usd('80'),
  forecast: usd('120'),
  forecastLow: usd('110'),
  forecastHigh: usd('130'),
  probabilityToExceed: 0.9,
  burnRate: 1.2,
  crossed: 80,
  status: 'forecast-exceeded',
});

export const action = (actionId: string, status: ActionResult['status'] = 'verified'): ActionResult => ({
  actionId,
  recommendationId: 'r',
  resourceArn: 'arn:r',
  kind: 'ebs.delete-volume',
  mode: 'live',
  status,
  rollback: { possible: true, steps: ['restore the snapshot'] },
  steps: [],
  monthlySavings: usd('12'),
});

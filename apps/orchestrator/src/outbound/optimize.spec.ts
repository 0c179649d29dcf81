import { beforeAll, describe, expect, it } from '@jest/globals';
import { OptimizeInput, taskContracts } from '@trimtab/contracts';
import type { TaskType } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Json } from '@trimtab/kernel';
import { Workflow } from '@trimtab/workflow';
import type { RunResult, TaskFunction, WorkflowDefinition } from '@trimtab/workflow';
import { loadWorkflows } from './workflow-folder.js';

const asOf = '2026-11-01T00:00:00.000Z';
const artifact = (name: string) => ({
  ref: name,
  digest: `sha256:${name}`,
  bytes: 1,
  count: 1,
  mediaType: 'application/x-ndjson',
});
const saving = { amount: '10', currency: 'USD' };
const scopes = ['eu-west-1', 'us-east-1'].map((region) => ({ accountId: '1', accountName: 'one', region }));

/** What the services would answer; each input is checked against its contract. */
const outputs: Record<string, (input: never) => unknown> = {
  'discovery.scopes': () => ({ scopes, regions: ['eu-west-1', 'us-east-1'], unreachable: [] }),
  'discovery.inventory': ({ scope }: { scope: { region: string } }) => ({
    scope,
    resources: artifact(`inventory-${scope.region}`),
    coverage: [],
    counts: { ec2: 2 },
  }),
  'discovery.prices': ({ region }: { region: string }) => ({
    region,
    prices: artifact('prices'),
    instanceTypes: artifact('types'),
  }),
  'discovery.costs': () => ({
    facts: artifact('costs'),
    firstDay: '2026-10-01',
    lastDay: '2026-10-31',
    totals: [],
  }),
  'analysis.recommend': () => ({ recommendations: artifact('recommendations'), monthlySavings: saving }),
  'anomaly.detect': () => ({ anomalies: [], scopes: 1, days: 30 }),
  'budget.evaluate': () => ({ budgets: [] }),
  'execution.plan': ({ execution }: { execution: { mode: string } }) => ({
    planId: 'p',
    plan: artifact('plan'),
    digest: 'sha256:plan',
    mode: execution.mode,
    actions: 2,
    byRisk: { L: 2, M: 0, H: 0 },
    monthlySavings: saving,
    needsApproval: true,
    grantedBy: null,
  }),
  'execution.execute': () => ({ results: artifact('results') }),
  'reporting.compile': () => ({ reports: [] }),
};

interface Ran extends RunResult {
  readonly inputs: Record<string, Record<string, unknown>>;
}

describe('the optimize workflow', () => {
  let optimize: WorkflowDefinition;
  beforeAll(async () => {
    optimize = (await loadWorkflows()).find(({ name }) => name === 'optimize') as WorkflowDefinition;
  });

  async function run(
    over: { scanOnly?: boolean; execution?: object } = {},
    broken: string[] = [],
  ): Promise<Ran> {
    const settings = {
      cloud: { accounts: [{ id: '1', name: 'one' }], regions: ['eu-west-1'] },
      execution: over.execution ?? {},
    };
    const input = OptimizeInput.parse({ settings, scanOnly: over.scanOnly, asOf });
    const inputs: Ran['inputs'] = {};
    const handlers = Object.fromEntries(
      Object.entries(outputs).map(([uses, output]): [string, TaskFunction] => [
        uses,
        (given, { task }) => {
          const parsed = taskContracts[uses as TaskType].input.safeParse(given);
          if (!parsed.success) throw new AppError('test.contract', `${task}: ${parsed.error.message}`);
          inputs[task] = given;
          if (broken.includes(task)) throw new AppError('test.broken', `${task} broke`);
          return output(given);
        },
      ]),
    );
    const runId = '0190b3a2-0000-7000-8000-000000000001';
    return { ...(await Workflow.run(optimize, handlers, input as Json, { runId })), inputs };
  }

  it('runs dry under the policy `dry-run`, every input as its contract says', async () => {
    const { status, inputs, results } = await run();
    expect(status).toBe('COMPLETED');
    expect(results.approval).toMatchObject({ granted: true, grantedBy: 'dry-run', digest: 'sha256:plan' });
    expect(inputs.execution).toMatchObject({ digest: 'sha256:plan', approval: { grantedBy: 'dry-run' } });
    expect(inputs.report).toMatchObject({
      mode: 'dry-run',
      resourceCounts: { ec2: 4 },
      costs: { ref: 'costs' },
      failedTasks: [],
    });
    expect((inputs.analysis?.inventory as unknown[]).length).toBe(2);
  });

  it('stops after discovery when only a scan is wanted, and still reports', async () => {
    const { status, inputs } = await run({ scanOnly: true });
    expect([status, Object.keys(inputs).sort()]).toEqual([
      'COMPLETED',
      ['inventory[0]', 'inventory[1]', 'report', 'scopes'],
    ]);
    expect(inputs.report).toMatchObject({ recommendations: null, plan: null, results: null });
  });

  it('goes on without one scope, one region or the bill, and says so', async () => {
    const { status, inputs, results } = await run({}, ['inventory[1]', 'prices[0]', 'costs']);
    expect(status).toBe('COMPLETED');
    expect(inputs.analysis).toMatchObject({
      inventory: [{ ref: 'inventory-eu-west-1' }],
      prices: [{ ref: 'prices' }],
      costs: null,
    });
    expect([results.anomaly, results.budget]).toEqual([null, null]);
    expect((inputs.report?.failedTasks as { taskId: string }[]).map(({ taskId }) => taskId).sort()).toEqual([
      'costs',
      'inventory[1]',
      'prices[0]',
    ]);
  });

  it('lets low risk through live only when the settings say so', async () => {
    const allowed = await run({ execution: { mode: 'live', approveLow: true } });
    expect(allowed.results.approval).toMatchObject({ grantedBy: 'approve-low' });
    const refused = await run({ execution: { mode: 'live' } });
    expect(refused.inputs.execution).toBeUndefined();
    expect(refused.state.tasks.get('approval')).toMatchObject({
      status: 'FAILED',
      error: { code: 'workflow.approval-expired' },
    });
    expect([refused.status, refused.inputs.report?.mode]).toEqual(['COMPLETED', 'live']);
  });

  it('reports also when the analysis failed', async () => {
    const { status, inputs } = await run({}, ['analysis']);
    expect(status).toBe('FAILED');
    expect(inputs.report?.failedTasks).toEqual([{ taskId: 'analysis', message: 'analysis broke' }]);
  });
});

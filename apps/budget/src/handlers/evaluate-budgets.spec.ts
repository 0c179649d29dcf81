import { describe, expect, it } from '@jest/globals';
import { BudgetSettings, eventContracts, taskContracts } from '@trimtab/contracts';
import type { EventType } from '@trimtab/contracts';
import { MemoryArtifacts } from '@trimtab/event-store/testing';
import type { Task, TaskContext } from '@trimtab/service';
import { bill } from '../../test/bill.js';
import { MemoryBudgetLedger } from '../outbound/budget-ledger.memory.js';
import { PluginForecastEngines } from '../outbound/forecast-engines.plugins.js';
import { EvaluateBudgets, EvaluateBudgetsHandler } from './evaluate-budgets.js';

const tx = { query: () => Promise.resolve({ rows: [] }) };
const context = { progress: () => undefined } as unknown as TaskContext;
const company = BudgetSettings.parse({
  name: 'company',
  currency: 'USD',
  monthlyLimit: '3000',
  children: [{ name: 'one', monthlyLimit: '9000', match: { accountIds: ['111'] } }],
});

async function run(ledger: MemoryBudgetLedger, runId: string) {
  const artifacts = new MemoryArtifacts();
  const handler = new EvaluateBudgetsHandler(artifacts, ledger, new PluginForecastEngines());
  const input = {
    budgets: [company],
    costs: await artifacts.putNdjson(bill('2026-11-20')),
    asOf: '2026-11-20T05:00:00Z',
  };
  const task: Task<typeof input> = {
    runId,
    taskId: 'budgets',
    type: 'budget.evaluate',
    attempt: 1,
    input,
    correlationId: runId,
    commandId: runId,
  };
  const outcome = await handler.execute(new EvaluateBudgets(task, context));
  await outcome.write?.(tx);
  return outcome;
}

describe('EvaluateBudgetsHandler', () => {
  it('answers and publishes what its contracts say', async () => {
    const { output, events } = await run(new MemoryBudgetLedger(), 'run-1');
    const { budgets } = taskContracts['budget.evaluate'].output.parse(output);
    expect(budgets.map(({ id, status }) => [id, status])).toEqual([
      ['company', 'forecast-exceeded'],
      ['company/one', 'ok'],
      ['company/unallocated', 'no-limit'],
    ]);
    for (const event of events ?? [])
      expect(eventContracts[event.type as EventType].parse(event.data)).toEqual(event.data);
  });

  it('tells each crossing once, and every evaluation', async () => {
    const ledger = new MemoryBudgetLedger();
    const types = async (runId: string) => (await run(ledger, runId)).events?.map((event) => event.type);
    const evaluated = new Array<string>(3).fill('trimtab.budget.evaluated.v1');
    const crossed = new Array<string>(2).fill('trimtab.budget.threshold-crossed.v1');
    expect(await types('run-1')).toEqual([...evaluated, ...crossed]);
    expect(await types('run-2')).toEqual(evaluated);
  });
});

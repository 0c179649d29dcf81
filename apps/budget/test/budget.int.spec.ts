import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { BudgetSettings, subjects, taskContracts } from '@trimtab/contracts';
import { ServiceAlone } from '@trimtab/service/testing';
import { service } from '../src/index.js';
import { bill } from './bill.js';

/** Its engines work where the settings name them. */
process.env['TRIMTAB_PLUGINS'] = join(import.meta.dirname, '../../../examples/06-plugin/engines.mjs');

let alone: ServiceAlone;
beforeAll(async () => {
  alone = await ServiceAlone.start(service);
});
afterAll(() => alone?.stop());

async function ask(runId: string, more: object = {}) {
  const settings = { name: 'company', currency: 'USD', monthlyLimit: '3000' };
  const input = {
    budgets: [BudgetSettings.parse({ ...settings, ...more })],
    costs: await alone.artifacts.putNdjson(bill('2026-11-20')),
    asOf: '2026-11-20T05:00:00Z',
  };
  return alone.ask('budget.evaluate', { runId, taskId: 'budgets', input });
}

describe('the budget service', () => {
  it('answers how the budget stands, keeps it and tells the crossing', async () => {
    const told = await alone.next(subjects.event('trimtab.budget.threshold-crossed.v1'));
    const { data, runid } = await ask('run-1');
    expect({ data, runid }).toMatchObject({ runid: 'run-1', data: { status: 'completed' } });
    const { budgets } = taskContracts['budget.evaluate'].output.parse((data as { output: unknown }).output);
    expect(budgets).toMatchObject([
      { id: 'company', status: 'forecast-exceeded' },
      { id: 'company/unallocated', status: 'no-limit' },
    ]);
    expect(await told.envelope).toMatchObject({ runid: 'run-1', data: { kind: 'actual', threshold: 80 } });
    expect([await alone.count('budget_evaluations'), await alone.count('budget_crossings')]).toEqual([2, 2]);
  });

  it('tells a crossing once, however many runs see it', async () => {
    await ask('run-2');
    expect([await alone.count('budget_evaluations'), await alone.count('budget_crossings')]).toEqual([4, 2]);
  });

  it('O27 forecasts by the engine of a plugin, with its interval', async () => {
    const { data } = await ask('run-3', { monthlyLimit: '4200', forecastEngine: 'like-yesterday' });
    const { budgets } = taskContracts['budget.evaluate'].output.parse((data as { output: unknown }).output);
    const [company] = budgets;
    const rest = (amount: string | undefined): number => Number(amount) - Number(company?.actual.amount);
    const [low, expected, high] = [company?.forecastLow, company?.forecast, company?.forecastHigh].map((at) =>
      rest(at?.amount),
    );
    expect([low! / expected!, high! / expected!]).toEqual([expect.closeTo(0.8, 3), expect.closeTo(1.2, 3)]);
    expect(company?.probabilityToExceed).toBeGreaterThan(0);
    expect(company?.probabilityToExceed).toBeLessThan(1);
  });

  it("O27 fails by name when the engine is nobody's", async () => {
    const { data } = await ask('run-4', { forecastEngine: 'crystal-ball' });
    expect(data).toMatchObject({
      status: 'failed',
      error: { code: 'plugin.unknown-engine', retry: 'never' },
    });
  });
});

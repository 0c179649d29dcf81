import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { Recommendation, Settings, subjects, taskContracts } from '@trimtab/contracts';
import type { Resource } from '@trimtab/contracts';
import { readRows } from '@trimtab/service';
import { ServiceAlone } from '@trimtab/service/testing';
import { address, AS_OF, bucket, instanceTypes, prices } from '../src/domain/checks/fixtures.js';
import { service } from '../src/index.js';

/** Its engines work where the settings name them. */
process.env['TRIMTAB_PLUGINS'] = join(import.meta.dirname, '../../../examples/06-plugin/engines.mjs');

let alone: ServiceAlone;
beforeAll(async () => {
  alone = await ServiceAlone.start(service);
});
afterAll(() => alone?.stop());

const settings = Settings.parse({
  cloud: { accounts: [{ id: '1', name: 'a' }], regions: ['us-east-1'] },
});
const idle = address({});
const tidy = bucket({ lifecycleRules: [{ Status: 'Enabled' }] });

async function recommend(runId: string, resources: readonly unknown[], engine = 'built-in') {
  const { artifacts } = alone;
  const input = {
    optimization: { ...settings.optimization, engine },
    scan: settings.scan,
    inventory: [await artifacts.putNdjson(resources)],
    prices: [await artifacts.putNdjson(prices)],
    instanceTypes: [await artifacts.putNdjson(instanceTypes)],
    costs: null,
    asOf: AS_OF.toISOString(),
  };
  const { data } = await alone.ask('analysis.recommend', { runId, taskId: 'recommend', input });
  return data;
}

async function found(runId: string, resources: readonly Resource[], engine?: string) {
  const data = await recommend(runId, resources, engine);
  expect(data).toMatchObject({ status: 'completed' });
  return taskContracts['analysis.recommend'].output.parse((data as { output: unknown }).output);
}

describe('the analysis service', () => {
  it('answers with what could be saved, and tells each recommendation', async () => {
    const told = await alone.next(subjects.event('trimtab.recommendation.raised.v1'));
    const output = await found('run-1', [idle, tidy]);
    expect(output).toMatchObject({
      count: 1,
      resources: 2,
      byCheck: { 'NET-01': { count: 1 } },
      monthlySavingsList: { amount: '3.65', currency: 'USD' },
    });
    const recommendations = await readRows(alone.artifacts, output.recommendations, Recommendation);
    expect(recommendations).toMatchObject([{ checkId: 'NET-01', resource: { arn: idle.arn } }]);
    expect((await told.envelope).data).toEqual({ runId: 'run-1', recommendation: recommendations[0] });
  });

  it('tells that a recommendation is over when a later run finds the resource gone', async () => {
    const told = await alone.next(subjects.event('trimtab.recommendation.resolved.v1'));
    expect((await found('run-2', [tidy])).count).toBe(0);
    expect((await told.envelope).data).toMatchObject({ runId: 'run-2', resourceArn: idle.arn });
  });

  it('refuses an inventory that breaks its contract, with the line and what is wrong', async () => {
    expect(await recommend('run-3', [idle, { ...idle, arn: null }])).toMatchObject({
      status: 'failed',
      error: { code: 'artifact.invalid-row', retry: 'never', message: expect.stringMatching(/^Line 2 of /) },
    });
  });

  it('O27 lets the engine of a plugin choose among what was found', async () => {
    expect((await found('run-4', [idle])).count).toBe(1);
    expect((await found('run-5', [idle], 'large-only')).count).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BudgetSettings, subjects, TASK_COMMAND, taskContracts } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { startService } from '@trimtab/service';
import type { RunningService } from '@trimtab/service';
import { service as definition } from '../src/index.js';
import { bill } from './bill.js';

let servers: TestServers;
let service: RunningService;

beforeAll(async () => {
  servers = await testServers();
  Object.assign(process.env, {
    NATS_URL: servers.natsUrl,
    DATABASE_URL: servers.databaseUrl,
    LOG_LEVEL: 'silent',
  });
  service = await startService(definition);
});

afterAll(async () => {
  await service?.stop();
  await servers?.dispose();
});

/** The first message on `subject` (wildcards allowed) after now. */
async function next(subject: string): Promise<{ envelope: Promise<Envelope> }> {
  const { nc } = service.runtime.messaging;
  const subscription = nc.subscribe(subject, { max: 1 });
  await nc.flush();
  const first = async (): Promise<Envelope> => {
    for await (const message of subscription) return message.json();
    throw new Error(`nothing came on ${subject}`);
  };
  return { envelope: first() };
}

async function ask(runId: string): Promise<Envelope> {
  const settings = { name: 'company', currency: 'USD', monthlyLimit: '3000' };
  const input = {
    budgets: [BudgetSettings.parse(settings)],
    costs: await service.runtime.artifacts.putNdjson(bill('2026-11-20')),
    asOf: '2026-11-20T05:00:00Z',
  };
  const replyTo = subjects.result(0, runId);
  const answer = await next(replyTo);
  await service.runtime.messaging.publish(subjects.command('budget', 'default', 'evaluate'), {
    specversion: '1.0',
    id: `${runId}-budgets-1`,
    source: '/trimtab/spec',
    type: TASK_COMMAND,
    time: new Date().toISOString(),
    runid: runId,
    taskid: 'budgets',
    attempt: 1,
    fencetoken: '1.0',
    data: { type: 'budget.evaluate', input, replyTo },
  });
  return answer.envelope;
}

const count = async (table: string): Promise<number> =>
  Number((await service.runtime.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

describe('the budget service', () => {
  it('answers how the budget stands, keeps it and tells the crossing', async () => {
    const told = await next(subjects.event('trimtab.budget.threshold-crossed.v1'));
    const { data, runid } = await ask('run-1');
    expect({ data, runid }).toMatchObject({ runid: 'run-1', data: { status: 'completed' } });
    const { budgets } = taskContracts['budget.evaluate'].output.parse((data as { output: unknown }).output);
    expect(budgets).toMatchObject([
      { id: 'company', status: 'forecast-exceeded' },
      { id: 'company/unallocated', status: 'no-limit' },
    ]);
    expect(await told.envelope).toMatchObject({ runid: 'run-1', data: { kind: 'actual', threshold: 80 } });
    expect([await count('budget_evaluations'), await count('budget_crossings')]).toEqual([2, 2]);
  });

  it('tells a crossing once, however many runs see it', async () => {
    await ask('run-2');
    expect([await count('budget_evaluations'), await count('budget_crossings')]).toEqual([4, 2]);
  });
});

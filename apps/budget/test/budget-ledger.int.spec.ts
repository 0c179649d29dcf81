import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { createPool, migrate, withTransaction } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { PostgresBudgetLedger } from '../src/outbound/budget-ledger.postgres.js';
import { migrations } from '../src/outbound/migrations.js';
import { budgetLedgerContract, crossing, statuses } from './budget-ledger.contract.js';

let servers: TestServers;
let pool: Pool;

beforeAll(async () => {
  servers = await testServers();
  pool = createPool({ url: `${servers.databaseUrl}?options=-csearch_path%3Dbudget`, connectMs: 60_000 });
  await migrate(pool, { schema: 'budget', migrations });
});

afterAll(async () => {
  await pool.end();
  await servers.dispose();
});

budgetLedgerContract('PostgresBudgetLedger', async () => {
  await pool.query('TRUNCATE budget_evaluations, budget_crossings');
  return { ledger: new PostgresBudgetLedger(pool), commit: (work) => withTransaction(pool, work) };
});

describe('the evaluations of a budget', () => {
  it('are kept per run as they were said', async () => {
    await pool.query('TRUNCATE budget_evaluations, budget_crossings');
    const ledger = new PostgresBudgetLedger(pool);
    for (const runId of ['run-1', 'run-1', 'run-2'])
      await withTransaction(pool, (tx) => ledger.record(tx, runId, statuses(), [crossing()]));
    const { rows } = await pool.query(
      `SELECT run_id, document FROM budget_evaluations ORDER BY run_id, budget_id`,
    );
    expect(rows).toEqual(
      ['run-1', 'run-2'].flatMap((run_id) => statuses().map((document) => ({ run_id, document }))),
    );
  });
});

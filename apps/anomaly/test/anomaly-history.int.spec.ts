import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { createPool, migrate, withTransaction } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { PostgresAnomalyHistory } from '../src/outbound/anomaly-history.postgres.js';
import { migrations } from '../src/outbound/migrations.js';
import { anomalyHistoryContract, anomalyOf } from './anomaly-history.contract.js';

let servers: TestServers;
let pool: Pool;

beforeAll(async () => {
  servers = await testServers();
  pool = createPool({ url: `${servers.databaseUrl}?options=-csearch_path%3Danomaly`, connectMs: 60_000 });
  await migrate(pool, { schema: 'anomaly', migrations });
});

afterAll(async () => {
  await pool.end();
  await servers.dispose();
});

anomalyHistoryContract('PostgresAnomalyHistory', async () => {
  await pool.query('TRUNCATE anomalies, anomaly_changes');
  return { history: new PostgresAnomalyHistory(pool), commit: (work) => withTransaction(pool, work) };
});

describe('the history of an anomaly', () => {
  it('keeps what each run changed, and nothing of a run that failed', async () => {
    await pool.query('TRUNCATE anomalies, anomaly_changes');
    const history = new PostgresAnomalyHistory(pool);
    const opened = [{ change: 'opened', anomaly: anomalyOf({ id: 'a' }) }] as const;
    const closed = [{ change: 'closed', anomaly: anomalyOf({ id: 'a', status: 'closed' }) }] as const;
    await withTransaction(pool, (tx) => history.record(tx, 'run-1', opened));
    const failing = withTransaction(pool, async (tx) => {
      await history.record(tx, 'run-2', closed);
      throw new Error('crash before commit');
    });
    await expect(failing).rejects.toThrow('crash before commit');
    await withTransaction(pool, (tx) => history.record(tx, 'run-3', closed));
    const { rows } = await pool.query('SELECT run_id, change FROM anomaly_changes ORDER BY recorded_at');
    expect(rows).toEqual([
      { run_id: 'run-1', change: 'opened' },
      { run_id: 'run-3', change: 'closed' },
    ]);
  });
});

import { afterAll, beforeAll } from '@jest/globals';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { createPool, migrate, withTransaction } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { Postgres{{Name}}History } from '../src/outbound/{{name}}-history.postgres.js';
import { migrations } from '../src/outbound/migrations.js';
import { {{name}}HistoryContract } from './{{name}}-history.contract.js';

let servers: TestServers;
let pool: Pool;

beforeAll(async () => {
  servers = await testServers();
  pool = createPool({ url: `${servers.databaseUrl}?options=-csearch_path%3D{{name}}` });
  await migrate(pool, { schema: '{{name}}', migrations });
});

afterAll(async () => {
  await pool.end();
  await servers.dispose();
});

{{name}}HistoryContract('Postgres{{Name}}History', async () => {
  await pool.query('TRUNCATE subjects');
  return { history: new Postgres{{Name}}History(pool), commit: (work) => withTransaction(pool, work) };
});

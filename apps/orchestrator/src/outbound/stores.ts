import { migrate, openEventLog, workerMigrations } from '@trimtab/event-store';
import type { WorkflowDefinition } from '@trimtab/workflow';
import type { Pool } from 'pg';
import { definitionMigrations, PostgresDefinitions } from './definitions.js';
import { operationMigrations } from './operations.migrations.js';
import { DatabaseClock } from './run-clock.js';
import { scheduleMigrations } from './schedules.migrations.js';

/** Brings the tables up to date, sets the clock and registers the definitions. */
export async function openStores(pool: Pool, schema: string, workflows: readonly WorkflowDefinition[]) {
  await migrate(pool, {
    schema,
    migrations: [...definitionMigrations, ...workerMigrations, ...operationMigrations, ...scheduleMigrations],
  });
  const log = await openEventLog(pool, { schema });
  const clock = new DatabaseClock(() => log.now());
  await clock.synchronize();
  const definitions = new PostgresDefinitions(pool, schema);
  for (const workflow of workflows) await definitions.register(workflow);
  return { log, clock, definitions };
}

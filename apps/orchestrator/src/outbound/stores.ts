import { migrate, openEventLog, workerMigrations } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { definitionMigrations, PostgresDefinitions } from './definitions.js';
import { operationMigrations } from './operations.migrations.js';
import { DatabaseClock } from './run-clock.js';
import { scheduleMigrations } from './schedules.migrations.js';

/** Brings the tables up to date and sets the clock. */
export async function openStores(pool: Pool, schema: string) {
  await migrate(pool, {
    schema,
    migrations: [...definitionMigrations, ...workerMigrations, ...operationMigrations, ...scheduleMigrations],
  });
  const log = await openEventLog(pool, { schema });
  const clock = new DatabaseClock(() => log.now());
  await clock.synchronize();
  return { log, clock, definitions: new PostgresDefinitions(pool, schema) };
}

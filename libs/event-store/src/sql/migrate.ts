import { createHash } from 'node:crypto';
import { AppError } from '@trimtab/kernel';
import type pg from 'pg';
import { schemaName } from './connection.js';

/** One forward step of a schema. `sql` may hold several statements; unqualified names mean the schema. */
export interface Migration {
  /** Unique within the schema; applied in the order of the list. */
  readonly name: string;
  readonly sql: string;
}

export interface MigrateOptions {
  readonly schema: string;
  readonly migrations: readonly Migration[];
}

/**
 * Brings a schema to the newest step and returns the names it applied. Any number of processes may call it at once:
 * one works, the others wait. Applied steps of newer code are left alone, so that a rollback by one version starts.
 *
 * Errors: `migration.changed` when the text of an applied step differs, `migration.failed` (rolled back) with cause.
 */
export async function migrate(pool: pg.Pool, options: MigrateOptions): Promise<string[]> {
  const schema = schemaName(options.schema);
  const client = await pool.connect();
  const ignore = (): void => undefined;
  client.on('error', ignore);
  let done = false;
  try {
    await client.query(`SELECT pg_advisory_lock(hashtextextended($1, 0))`, [`migrate ${schema}`]);
    const applied = await appliedSteps(client, schema);
    const missing = options.migrations.filter((step) => isMissing(step, applied, schema));
    for (const step of missing) await apply(client, schema, step);
    await client.query(`SELECT pg_advisory_unlock(hashtextextended($1, 0))`, [`migrate ${schema}`]);
    done = true;
    return missing.map((step) => step.name);
  } finally {
    client.off('error', ignore);
    // After an error, closing the connection is what frees the advisory lock for certain.
    client.release(!done);
  }
}

async function appliedSteps(client: pg.PoolClient, schema: string): Promise<Map<string, string>> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${schema}.migrations
       (name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { rows } = await client.query<{ name: string; digest: string }>(
    `SELECT name, digest FROM ${schema}.migrations`,
  );
  return new Map(rows.map((row) => [row.name, row.digest]));
}

function isMissing(step: Migration, applied: Map<string, string>, schema: string): boolean {
  const digest = applied.get(step.name);
  if (digest === undefined) return true;
  if (digest === digestOfStep(step)) return false;
  throw new AppError(
    'migration.changed',
    `Migration "${step.name}" of schema "${schema}" was changed after it was applied: restore it and add a new one.`,
    { details: { schema, migration: step.name } },
  );
}

async function apply(client: pg.PoolClient, schema: string, step: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL search_path TO ${schema}`);
    await client.query(step.sql);
    await client.query(`INSERT INTO ${schema}.migrations (name, digest) VALUES ($1, $2)`, [
      step.name,
      digestOfStep(step),
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new AppError(
      'migration.failed',
      `Migration "${step.name}" of schema "${schema}" failed and was rolled back: ${String(cause)}.`,
      { retry: 'later', details: { schema, migration: step.name }, cause },
    );
  }
}

const digestOfStep = (step: Migration): string =>
  createHash('sha256').update(step.sql.replace(/\s+/g, ' ').trim()).digest('hex');

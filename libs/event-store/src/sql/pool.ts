import { AppError } from '@trimtab/kernel';
import pg from 'pg';
import { isAnswered } from './connection.js';
import type { Sql } from './sql.js';

export interface PoolOptions {
  /** `postgres://user:password@host:port/database`; `?connect_timeout=<seconds>` is understood as libpq does. */
  readonly url: string;
  /** 10 connections unless told. */
  readonly max?: number;
  /** How long a connection may take, and the wait for one that is free (what the URL says, else 5 s). */
  readonly connectMs?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** Hears of idle connections that died (a restart of Postgres); the pool replaces them by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/** A `pg` pool that outlives restarts of Postgres: a dying idle connection never ends the process. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'trimtab',
    keepAlive: true,
    connectionTimeoutMillis: options.connectMs ?? (connectMsOf(options.url) || 5_000),
  });
  pool.on('error', (error) => options.onIdleError?.(error));
  return pool;
}

const connectMsOf = (url: string): number =>
  URL.canParse(url) ? Number(new URL(url).searchParams.get('connect_timeout')) * 1_000 : 0;

export interface TransactionOptions {
  /** Postgres ends the transaction when it waits longer than this for its next statement (30 s unless told). */
  readonly idleTimeoutMs?: number;
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. The error that comes out is
 * the first one, also when the rollback fails. A connection that
 * fails at COMMIT is `transaction.outcome-unknown`: the caller finds out by its own key, never by doing it again.
 */
export async function withTransaction<Result>(
  pool: pg.Pool,
  work: (tx: Sql) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const client = await pool.connect();
  let broken = false;
  const note = (): void => void (broken = true);
  client.on('error', note);
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${options.idleTimeoutMs ?? 30_000}`);
    const result = await work(client);
    await commit(client);
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(note);
    throw error;
  } finally {
    client.off('error', note);
    client.release(broken);
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  try {
    const { command } = await client.query('COMMIT');
    if (command === 'COMMIT') return;
  } catch (cause) {
    if (isAnswered(cause)) throw cause;
    throw new AppError(
      'transaction.outcome-unknown',
      'The connection failed at COMMIT: look up by the command id whether it was applied before you repeat it.',
      { retry: 'later', cause },
    );
  }
  throw new AppError(
    'transaction.rolled-back',
    'A statement of the transaction failed and its error was swallowed: nothing was written.',
  );
}

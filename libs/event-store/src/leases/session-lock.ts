import type pg from 'pg';
import { rowsOf } from '../sql/sql.js';

const AGAIN_MS = 200;

/**
 * A lock that Postgres holds as long as one connection of this process lasts. It is free a moment after the process has
 * died, whatever killed it, and stays taken while the process is merely slow or stopped: a sign of death, not of delay.
 * A connection that is lost is replaced at once.
 */
export class SessionLock {
  private client: pg.PoolClient | undefined;
  private opening: Promise<string> | undefined;
  private closed = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly name: string,
  ) {}

  /** Takes the lock unless it is held; resolves with its key. Throws while that is not possible. */
  hold(): Promise<string> {
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  close(): void {
    this.closed = true;
    this.client?.release(true);
    this.client = undefined;
  }

  private async open(): Promise<string> {
    if (this.closed) throw new Error('the lock was given back');
    const client = await this.pool.connect();
    client.on('error', () => this.lost(client));
    try {
      const [row] = await rowsOf<{ key: string; taken: boolean }>(
        client,
        'SELECT key, pg_try_advisory_lock(key) AS taken FROM hashtextextended($1, 0) AS key',
        [this.name],
      );
      if (!row?.taken) throw new Error('Postgres has not noticed yet that the former connection is gone');
      this.client = client;
      if (this.closed) this.close();
      return row.key;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  private lost(client: pg.PoolClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.opening = undefined;
    client.release(true);
    this.again();
  }

  private again(): void {
    if (this.closed) return;
    setTimeout(() => this.hold().catch(() => this.again()), AGAIN_MS).unref();
  }
}

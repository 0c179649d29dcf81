import type pg from 'pg';
import { isAnswered } from '../sql/connection.js';

/**
 * One connection kept for the writer (its statement stays prepared there); taken anew from the pool after any failure
 * that was not an answer of Postgres. A statement without an answer within the time limit counts as such a failure.
 */
export class WriterConnection {
  private client: pg.PoolClient | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly timeoutMs: number,
  ) {}

  async query<Row>(query: { name?: string; text: string; values: unknown[] }): Promise<Row[]> {
    const client = (this.client ??= await this.connect());
    try {
      const result = await withTimeout(client.query(query), this.timeoutMs);
      return result.rows as Row[];
    } catch (error) {
      if (!isAnswered(error)) this.drop(client);
      throw error;
    }
  }

  close(now: boolean): void {
    this.client?.release(now);
    this.client = undefined;
  }

  private async connect(): Promise<pg.PoolClient> {
    const client = await this.pool.connect();
    client.on('error', () => this.drop(client));
    return client;
  }

  private drop(client: pg.PoolClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.release(true);
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from Postgres within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

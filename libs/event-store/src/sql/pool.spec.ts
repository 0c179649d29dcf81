import { describe, expect, it } from '@jest/globals';
import { createPool } from './pool.js';

const url = 'postgres://somebody@127.0.0.1/db';

describe('a pool', () => {
  it.each([
    [{ url }, 5_000],
    [{ url: `${url}?options=-csearch_path%3Dx&connect_timeout=60` }, 60_000],
    [{ url: `${url}?connect_timeout=60`, connectMs: 70_000 }, 70_000],
  ])('of %j waits %i ms for a connection', async (options, ms) => {
    const pool = createPool(options);
    expect(pool.options.connectionTimeoutMillis).toBe(ms);
    await pool.end();
  });
});

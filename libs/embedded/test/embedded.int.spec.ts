import { afterAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startEmbedded } from '../src/index.js';
import { isAlive } from '../src/processes.js';
import { testServers } from '../src/testing.js';
import { folder, query, removeFolders, storeMessage, storedMessage } from './support.js';

afterAll(removeFolders);

describe('the servers of a laptop', () => {
  it('keep rows, messages and addresses from one start to the next', async () => {
    const dataDir = folder();
    const first = await startEmbedded({ dataDir });
    await query(first.databaseUrl, `CREATE TABLE kept AS SELECT 'row' AS what`);
    await storeMessage(first.natsUrl, 'message');
    await first.stop();
    const second = await startEmbedded({ dataDir });
    try {
      expect(await query(second.databaseUrl, 'SELECT what FROM kept')).toEqual([{ what: 'row' }]);
      expect(await storedMessage(second.natsUrl)).toBe('message');
      expect([second.natsUrl, second.databaseUrl]).toEqual([first.natsUrl, first.databaseUrl]);
    } finally {
      await second.stop();
    }
  });

  it('are gone after a stop, which may be repeated', async () => {
    const servers = await startEmbedded({ dataDir: folder() });
    const pids = servers.processes.map((one) => one.pid);
    expect(servers.processes.map((one) => one.name)).toEqual(['nats', 'postgres']);
    expect(pids.every(isAlive)).toBe(true);
    await servers.stop();
    await servers.stop();
    expect(pids.some(isAlive)).toBe(false);
    expect(servers.processes).toEqual([]);
  });

  it('refuse a second owner and name the first', async () => {
    const dataDir = folder();
    const servers = await startEmbedded({ dataDir });
    try {
      await expect(startEmbedded({ dataDir })).rejects.toMatchObject({
        code: 'embedded.locked',
        message: expect.stringContaining(`process ${process.pid}`),
      });
      expect(servers.processes).toHaveLength(2);
      expect(await query(servers.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await servers.stop();
    }
  });

  it('move to another port when theirs is taken meanwhile', async () => {
    const dataDir = folder();
    const first = await startEmbedded({ dataDir });
    await first.stop();
    const ports = [first.natsUrl, first.databaseUrl].map((url) => Number(new URL(url).port));
    const squatters = await Promise.all(ports.map(listen));
    const second = await startEmbedded({ dataDir });
    try {
      expect(new URL(second.natsUrl).port).not.toBe(new URL(first.natsUrl).port);
      expect(new URL(second.databaseUrl).port).not.toBe(new URL(first.databaseUrl).port);
      expect(await query(second.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await second.stop();
      for (const squatter of squatters) squatter.close();
    }
  });

  it('refuse a port that was asked for and is taken, and leave nothing running', async () => {
    const dataDir = folder();
    const squatter = await listen(0);
    const { port } = squatter.address() as { port: number };
    try {
      await expect(startEmbedded({ dataDir, postgres: { port } })).rejects.toMatchObject({
        code: 'embedded.port-taken',
      });
      const servers = await startEmbedded({ dataDir });
      await servers.stop();
    } finally {
      squatter.close();
    }
  });

  it('are not started when others are configured', async () => {
    const others = await testServers();
    const dataDir = folder();
    try {
      const servers = await startEmbedded({
        dataDir,
        nats: { url: others.natsUrl },
        postgres: { url: others.databaseUrl },
      });
      expect(servers).toMatchObject({
        natsUrl: others.natsUrl,
        databaseUrl: others.databaseUrl,
        processes: [],
      });
      await servers.stop();
      expect(await query(others.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(others.nats.pid).toBeDefined();
    } finally {
      await others.dispose();
    }
  });

  it('say which configured server does not answer, without its password', async () => {
    const nats = { url: 'nats://127.0.0.1:1' };
    const postgres = { url: 'postgres://user:hidden@127.0.0.1:1/db' };
    const dataDir = folder();
    await expect(startEmbedded({ dataDir, nats })).rejects.toMatchObject({
      code: 'embedded.nats-unreachable',
      message: expect.stringMatching(/127\.0\.0\.1:1 .*unset NATS_URL/),
    });
    const failure = await startEmbedded({ dataDir, postgres }).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'embedded.postgres-unreachable' });
    expect((failure as Error).message).not.toContain('hidden');
    const both = await startEmbedded({ dataDir: join(dataDir, 'again') });
    await both.stop();
  });
});

function listen(port: number) {
  return new Promise<ReturnType<typeof createServer>>((done) => {
    const server = createServer().listen(port, '127.0.0.1', () => done(server));
  });
}

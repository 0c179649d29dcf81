import { describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { withClient } from '../src/postgres-client.js';
import { testServers } from '../src/testing.js';
import { patient } from './support.js';

describe('servers for tests', () => {
  it('gives an empty database and an empty JetStream, apart from those of other specs', async () => {
    const [one, other] = await Promise.all([testServers(), testServers()]);
    try {
      await withClient(one.databaseUrl, (client) => client.query('CREATE TABLE only_here ()'));
      const tables = await withClient(other.databaseUrl, (client) =>
        client.query(`SELECT 1 FROM pg_tables WHERE tablename = 'only_here'`),
      );
      expect(tables.rowCount).toBe(0);
      const connection = await connect({ servers: one.natsUrl });
      const manager = await jetstreamManager(connection, patient);
      await manager.streams.add({ name: 'ONLY_HERE', subjects: ['only.here'] });
      await connection.close();
      const elsewhere = await connect({ servers: other.natsUrl });
      expect(await (await jetstreamManager(elsewhere, patient)).streams.list().next()).toEqual([]);
      await elsewhere.close();
    } finally {
      await Promise.all([one.dispose(), other.dispose()]);
    }
  });

  it('gives a Postgres of its own to a test that kills it', async () => {
    const servers = await testServers({ postgres: 'own' });
    try {
      await withClient(servers.databaseUrl, (client) => client.query('CREATE TABLE t AS SELECT 7 AS n'));
      await servers.postgres?.kill();
      await expect(withClient(servers.databaseUrl, (client) => client.query('SELECT 1'))).rejects.toThrow();
      await servers.postgres?.start();
      const found = await withClient(servers.databaseUrl, (client) => client.query('SELECT n FROM t'));
      expect(found.rows).toEqual([{ n: 7 }]);
    } finally {
      await servers.dispose();
    }
  });

  it('loses the whole JetStream store when told to, and comes back on the same address', async () => {
    const servers = await testServers();
    try {
      const before = await connect({ servers: servers.natsUrl });
      await (await jetstreamManager(before, patient)).streams.add({ name: 'LOST', subjects: ['lost'] });
      await before.close();
      await servers.nats.wipe();
      await servers.nats.start();
      expect(servers.nats.url).toBe(servers.natsUrl);
      const after = await connect({ servers: servers.natsUrl });
      expect(await (await jetstreamManager(after, patient)).streams.list().next()).toEqual([]);
      await after.close();
    } finally {
      await servers.dispose();
    }
  });
});

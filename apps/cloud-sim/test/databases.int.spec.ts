import * as rds from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import type { Database } from '../src/world/index.js';
import { clientConfig, collect, first, inPlace, present, refusal, startSim, tagsIn } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());

const clientFor = (item: Database) => new rds.RDSClient(clientConfig(sim, item));
const alone = (item: Database): boolean =>
  item.status === 'available' &&
  item.readReplicaSource === undefined &&
  ![...sim.world.databases.values()].some((other) => other.readReplicaSource === item.id);

async function read(client: rds.RDSClient, DBInstanceIdentifier: string) {
  return (await client.send(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];
}

describe('RDS', () => {
  it('pages give every database of the account and region, with its tags', async () => {
    const place = first(sim.world.databases.values());
    const client = clientFor(place);
    const pages = rds.paginateDescribeDBInstances({ client, pageSize: 20 }, {});
    const found = await collect(pages, (page) => page.DBInstances);
    const expected = inPlace(sim.world.databases.values(), place);
    expect(found.map((item) => item.DBInstanceIdentifier).sort()).toEqual(
      expected.map((item) => item.id).sort(),
    );
    for (const item of found) {
      const truth = present(sim.world.databases.get(present(item.DBInstanceIdentifier)));
      expect(item).toMatchObject({
        DBInstanceClass: truth.dbInstanceClass,
        Engine: truth.engine,
        MultiAZ: truth.multiAz,
        AllocatedStorage: truth.allocatedStorage,
        InstanceCreateTime: new Date(truth.createTime),
      });
      const ask = new rds.ListTagsForResourceCommand({ ResourceName: item.DBInstanceArn });
      expect(tagsIn((await client.send(ask)).TagList)).toEqual(truth.tags);
    }
  });

  it('a database stops with a snapshot, starts again and refuses what its state forbids', async () => {
    const item = first(sim.world.databases.values(), alone);
    const client = clientFor(item);
    const one = { DBInstanceIdentifier: item.id };
    expect((await refusal(client.send(new rds.StartDBInstanceCommand(one)))).name).toBe(
      'InvalidDBInstanceStateFault',
    );
    const { DBInstance } = await client.send(
      new rds.StopDBInstanceCommand({ ...one, DBSnapshotIdentifier: 'keep' }),
    );
    expect(DBInstance?.DBInstanceStatus).toBe('stopping');
    sim.settle();
    const stopped = await read(client, item.id);
    expect(stopped?.DBInstanceStatus).toBe('stopped');
    expect(stopped?.AutomaticRestartTime?.getTime()).toBeGreaterThan(sim.world.now + 6.9 * 86_400_000);
    const { DBSnapshots } = await client.send(new rds.DescribeDBSnapshotsCommand(one));
    expect(DBSnapshots?.map((snapshot) => snapshot.DBSnapshotIdentifier)).toEqual(['keep']);
    await client.send(new rds.StartDBInstanceCommand(one));
    sim.settle();
    expect((await read(client, item.id))?.DBInstanceStatus).toBe('available');
  });

  it('a class change applies at once or waits, as asked', async () => {
    const item = first(sim.world.databases.values(), alone);
    const client = clientFor(item);
    const target = first(
      sim.world.databases.values(),
      (other) => other.dbInstanceClass !== item.dbInstanceClass,
    );
    const change = { DBInstanceIdentifier: item.id, DBInstanceClass: target.dbInstanceClass };
    const waiting = await client.send(new rds.ModifyDBInstanceCommand(change));
    expect(waiting.DBInstance?.PendingModifiedValues?.DBInstanceClass).toBe(target.dbInstanceClass);
    expect(waiting.DBInstance?.DBInstanceClass).not.toBe(target.dbInstanceClass);
    await client.send(new rds.ModifyDBInstanceCommand({ ...change, ApplyImmediately: true }));
    expect((await read(client, item.id))?.DBInstanceStatus).toBe('modifying');
    sim.settle();
    expect(await read(client, item.id)).toMatchObject({
      DBInstanceStatus: 'available',
      DBInstanceClass: target.dbInstanceClass,
    });
    const shrink = { DBInstanceIdentifier: item.id, AllocatedStorage: 1, ApplyImmediately: true };
    expect((await refusal(client.send(new rds.ModifyDBInstanceCommand(shrink)))).name).toBe(
      'InvalidParameterCombination',
    );
  });

  it('a missing database is not found', async () => {
    const client = clientFor(first(sim.world.databases.values()));
    expect(await refusal(read(client, 'nobody'))).toEqual({ name: 'DBInstanceNotFoundFault', status: 404 });
  });
});

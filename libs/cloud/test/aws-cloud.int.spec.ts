import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsCloud } from '../src/index.js';
import type { Inventory } from '../src/index.js';
import { wholePeriods } from '../src/index.js';
import { actionsContract } from './actions.contract.js';
import { startCloudSim } from './cloud-sim.process.js';

const accountId = '111122223333';
const scope = { accountId, region: 'us-east-1' };
const accounts = [{ id: accountId }, { id: '444455556666' }];
let sim: Awaited<ReturnType<typeof startCloudSim>>;
let cloud: AwsCloud;

beforeAll(async () => {
  sim = await startCloudSim();
  cloud = new AwsCloud({ endpoint: sim.url, accounts });
});
afterAll(async () => {
  cloud?.close();
  await sim?.stop();
});

async function first<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean = () => true): Promise<T> {
  for await (const item of items) if (wanted(item)) return item;
  throw new Error('the simulated company has no such resource');
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

actionsContract('AWS’s SDK against the simulated company', async () => {
  const inventory: Inventory = cloud.inventory(scope);
  const plain = (tags: Readonly<Record<string, string>>) =>
    !Object.keys(tags).some((key) => key.startsWith('aws:'));
  return {
    cloud,
    scope,
    runningInstance: (
      await first(
        inventory.instances(),
        (one) =>
          one.state === 'running' &&
          one.architecture === 'x86_64' &&
          one.rootDeviceType === 'ebs' &&
          plain(one.tags),
      )
    ).id,
    attachedVolume: (
      await first(inventory.volumes(), (one) => one.volumeType === 'gp2' && one.attachedTo.length > 0)
    ).id,
    unattachedVolume: (await first(inventory.volumes(), (one) => one.state === 'available')).id,
    idleAddress: (await first(inventory.addresses(), (one) => !one.associationId)).allocationId,
    database: (
      await first(inventory.databases(), (one) => one.status === 'available' && !one.readReplicaSource)
    ).id,
    function: (await first(inventory.functions(), (one) => one.reservedConcurrency === undefined)).name,
    bucket: (await first(inventory.buckets())).name,
    loadBalancer: (await first(inventory.loadBalancers())).arn,
    logGroup: (await first(inventory.logGroups(), (one) => one.retentionInDays === undefined)).name,
  };
});

describe('effects when AWS is in trouble', () => {
  const fault = (body: object) =>
    fetch(`${sim.url}/_sim/faults`, { method: 'POST', body: JSON.stringify({ service: 'ec2', ...body }) });
  const made = async (name: string, action: string) => {
    const volume = await first(cloud.inventory(scope).volumes(), (one) => one.attachedTo.length > 0);
    return cloud.actions(scope).snapshots.create(volume.id, name, { 'trimtab:action': action });
  };
  const count = async (action: string) =>
    (await cloud.actions(scope).snapshots.find({ 'trimtab:action': action })).length;

  it('are not repeated when the answer was lost, and are found again by their tag', async () => {
    await fault({ kind: 'lostReply', operation: 'CreateSnapshot', times: 1 });
    await expect(made('lost', 'lost-1')).rejects.toMatchObject({ code: 'cloud.unavailable', retry: 'later' });
    expect(await count('lost-1')).toBe(1);
  });

  it('are not repeated after a server error', async () => {
    await fault({ kind: 'error5xx', operation: 'CreateSnapshot', times: 1 });
    await expect(made('broken', 'broken-1')).rejects.toMatchObject({ code: 'cloud.unavailable' });
  });

  it('are repeated when they were only throttled', async () => {
    await fault({ kind: 'throttle', operation: 'CreateSnapshot', times: 2 });
    await made('throttled', 'throttled-1');
    expect(await count('throttled-1')).toBe(1);
  });

  it('leave reads to the retries of the SDK', async () => {
    await fault({ kind: 'error5xx', operation: 'DescribeVolumes', times: 2 });
    expect((await all(cloud.inventory(scope).volumes())).length).toBeGreaterThan(0);
  });
});

describe('reading the simulated company', () => {
  it('knows the account behind the credentials and its regions', async () => {
    const identity = cloud.identity('444455556666');
    expect(await identity.callerAccount()).toBe('444455556666');
    expect((await identity.regions()).filter(({ enabled }) => enabled).map(({ name }) => name)).toContain(
      'us-east-1',
    );
  });

  it('lists buckets only in their own region', async () => {
    const regions = ['us-east-1', 'us-west-2', 'eu-west-1'];
    const lists = await Promise.all(
      regions.map((region) => all(cloud.inventory({ accountId, region }).buckets())),
    );
    const names = lists.flat().map((bucket) => bucket.name);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps missing datapoints apart from zero', async () => {
    const { id } = await first(cloud.inventory(scope).instances(), (one) => one.state === 'running');
    const query = {
      namespace: 'AWS/EC2',
      metric: 'CPUUtilization',
      dimensions: { InstanceId: id },
      stat: 'Maximum' as const,
      period: 300,
      ...wholePeriods(Date.now(), 14, 300),
    };
    const nothing = { ...query, dimensions: { InstanceId: 'i-00000000000000000' } };
    const [known, unknown] = await cloud.metrics(scope).series([query, nothing]);
    expect(known?.values).toHaveLength(4_032);
    expect(known?.values.filter((value) => value !== null).length).toBeGreaterThan(3_000);
    expect(unknown?.values.every((value) => value === null)).toBe(true);
  });

  it('assumes a role for the purpose that has one', async () => {
    const roles = new AwsCloud({
      endpoint: sim.url,
      accounts: [{ id: accountId, readRoleArn: `arn:aws:iam::${accountId}:role/reader` }],
    });
    expect(await roles.identity(accountId).callerAccount()).toBe(accountId);
    roles.close();
  });

  it('tells an account that is not in the settings', async () => {
    await expect(
      all(cloud.inventory({ accountId: '1', region: 'us-east-1' }).volumes()),
    ).rejects.toMatchObject({
      code: 'cloud.unknown-account',
    });
  });

  it('calls an endpoint that nobody serves unavailable, for later', async () => {
    const nowhere = new AwsCloud({ endpoint: 'http://127.0.0.1:9', accounts, maxAttempts: 1 });
    await expect(all(nowhere.inventory(scope).volumes())).rejects.toMatchObject({
      code: 'cloud.unavailable',
      retry: 'later',
      details: { service: 'ec2', operation: 'DescribeVolumes', accountId, region: 'us-east-1' },
    });
    nowhere.close();
  });
});

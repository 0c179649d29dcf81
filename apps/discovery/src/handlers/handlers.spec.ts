import { beforeEach, describe, expect, it } from '@jest/globals';
import { eventContracts, Resource, taskContracts } from '@trimtab/contracts';
import {
  aDatabase,
  aFunction,
  anAddress,
  anInstance,
  aSnapshot,
  aVolume,
  MemoryCloudProvider,
} from '@trimtab/cloud/testing';
import { gridLength } from '@trimtab/cloud';
import { MemoryArtifacts } from '@trimtab/event-store/testing';
import { AppError } from '@trimtab/kernel';
import { allOf, asOf, clock, cloud, contextOf, scope, taskOf } from '../../test/task.fixtures.js';
import { FetchCosts, FetchCostsHandler } from './fetch-costs.js';
import { FetchPrices, FetchPricesHandler } from './fetch-prices.js';
import { ResolveScopes, ResolveScopesHandler } from './resolve-scopes.js';
import { ScanInventory, ScanInventoryHandler } from './scan-inventory.js';
import type { ImportedCosts } from '../outbound/imported-costs.js';

const denied = new AppError('cloud.access-denied', 'Denied.');
const unreachable = new AppError('cloud.unavailable', 'No network.', { retry: 'later' });
let clouds: MemoryCloudProvider;
let artifacts: MemoryArtifacts;

beforeEach(() => {
  clouds = new MemoryCloudProvider();
  artifacts = new MemoryArtifacts();
});
const world = () => clouds.cloud.world;
const there = () => world().at(scope);

describe('scanning a scope', () => {
  const scan = async (services?: string[], signal?: AbortSignal) => {
    const input = { cloud, scope, asOf, scan: (services ? { services } : {}) as object };
    const handler = new ScanInventoryHandler(clouds, artifacts, clock);
    const outcome = await handler.execute(
      new ScanInventory(taskOf('discovery.inventory', input), contextOf(signal)),
    );
    return { ...outcome, resources: await allOf(artifacts.readNdjson<Resource>(outcome.output.resources)) };
  };

  it('writes every resource as its contract has it and tells the world', async () => {
    there().instances.set('i-1', anInstance({ id: 'i-1' }));
    there().instances.set('i-2', anInstance({ id: 'i-2', state: 'terminated' }));
    there().volumes.set('v-1', aVolume({ id: 'v-1' }));
    there().images.set('ami-1', { id: 'ami-1', name: 'base', snapshotIds: ['s-1'] });
    there().snapshots.set('s-1', aSnapshot({ id: 's-1' }));
    there().databases.set('db', aDatabase({ id: 'db' }));
    there().functions.set('f', aFunction({ name: 'f' }));
    there().metric = (query) => new Array<number>(gridLength(query)).fill(1.23456);
    const { output, events, resources } = await scan();
    expect(resources.map((one) => Resource.parse(one).id).sort()).toEqual(['db', 'f', 'i-1', 's-1', 'v-1']);
    expect(resources.find(({ id }) => id === 's-1')).toMatchObject({ attributes: { imageIds: ['ami-1'] } });
    expect(resources.find(({ id }) => id === 'i-1')?.metrics[0]?.values.slice(0, 2)).toEqual([1.235, 1.235]);
    expect(taskContracts['discovery.inventory'].output.parse(output).counts).toEqual({
      ec2: 1,
      ebs: 2,
      rds: 1,
      lambda: 1,
    });
    const [event] = events ?? [];
    expect(eventContracts['trimtab.inventory.scanned.v1'].parse(event?.data)).toMatchObject({
      resources: 5,
      runId: 'run-1',
    });
  });

  it('keeps the other services when one is denied, and says which', async () => {
    there().volumes.set('v-1', aVolume({ id: 'v-1' }));
    world().fail('DescribeDBInstances', denied);
    const { output } = await scan(['rds', 'ebs']);
    const by = Object.fromEntries(output.coverage.map((entry) => [entry.service, entry]));
    expect(by.rds).toMatchObject({ status: 'failed', error: { code: 'cloud.access-denied' } });
    expect(by.ebs).toMatchObject({ status: 'scanned', resources: 1 });
    expect(by.s3).toMatchObject({ status: 'skipped', calls: 0 });
  });

  it('keeps what was read before a list broke off', async () => {
    there().volumes.set('v-1', aVolume({ id: 'v-1' }));
    world().fail('DescribeSnapshots', denied);
    const { output, resources } = await scan(['ebs']);
    expect(resources).toHaveLength(1);
    expect(output.coverage.find(({ service }) => service === 'ebs')).toMatchObject({
      status: 'partial',
      resources: 1,
    });
  });

  it('keeps resources without metrics when metrics are denied, and says so', async () => {
    there().databases.set('db', aDatabase({ id: 'db' }));
    world().fail('GetMetricData', denied);
    const { output, resources } = await scan(['rds']);
    expect(resources).toMatchObject([{ id: 'db', metrics: [] }]);
    expect(output.coverage.find(({ service }) => service === 'rds')).toMatchObject({ status: 'partial' });
  });

  it('leaves out a bucket that it may not look into, since nothing is known of it', async () => {
    for (const name of ['a', 'b']) there().buckets.set(name, { name, tags: {}, incompleteUploads: [] });
    world().fail('GetBucketLifecycleConfiguration', denied);
    const { output, resources } = await scan(['s3']);
    expect(resources.map(({ id }) => id)).toEqual(['b']);
    expect(output.coverage.find(({ service }) => service === 's3')).toMatchObject({
      status: 'partial',
      resources: 1,
    });
  });

  it('finds since when volumes and addresses lie idle', async () => {
    there().volumes.set('v-1', aVolume({ id: 'v-1' }));
    there().volumes.set('v-2', aVolume({ id: 'v-2', attachedTo: ['i-1'] }));
    there().addresses.set('e-1', anAddress({ allocationId: 'e-1' }));
    const event = (name: string, at: string, id: string) => ({ id: at, name, at, resources: [id] });
    there().changes.push(
      event('AttachVolume', '2026-10-03T00:00:00.000Z', 'v-1'),
      event('DetachVolume', '2026-10-02T00:00:00.000Z', 'v-1'),
      event('DetachVolume', '2026-09-01T00:00:00.000Z', 'v-1'),
      event('DetachVolume', '2026-09-01T00:00:00.000Z', 'v-2'),
      event('AllocateAddress', '2026-09-01T00:00:00.000Z', 'e-1'),
      event('DisassociateAddress', '2026-11-01T00:00:00.000Z', 'e-1'),
    );
    const { resources } = await scan(['ebs', 'ec2']);
    const attributes = Object.fromEntries(resources.map((one) => [one.id, one.attributes])) as Record<
      string,
      object
    >;
    expect(attributes['v-1']).toMatchObject({ detachedAt: '2026-10-02T00:00:00.000Z' });
    expect(attributes['v-2']).not.toHaveProperty('detachedAt');
    expect(attributes['e-1']).toMatchObject({ idleSince: '2026-11-01T00:00:00.000Z' });
  });

  it('is worth another try when nothing at all can be reached', async () => {
    world().fail('DescribeDBInstances', unreachable);
    await expect(scan(['rds'])).rejects.toMatchObject({
      code: 'discovery.scope-unreachable',
      retry: 'later',
    });
  });

  it('stops when it is told to', async () => {
    there().databases.set('db', aDatabase({ id: 'db' }));
    await expect(scan(['rds'], AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
  });
});

describe('resolving scopes', () => {
  const resolve = (regions: string[], accounts = cloud.accounts) =>
    new ResolveScopesHandler(clouds)
      .execute(
        new ResolveScopes(taskOf('discovery.scopes', { cloud: { accounts, regions }, asOf }), contextOf()),
      )
      .then(({ output }) => output);

  it('leaves out regions that are not enabled and accounts that cannot be reached', async () => {
    world().regions.set('111122223333', [
      { name: 'us-east-1', enabled: true },
      { name: 'ap-east-1', enabled: false },
    ]);
    world().fail('GetCallerIdentity', denied);
    const accounts = [{ id: '999', name: 'closed' }, ...cloud.accounts];
    const found = await resolve(['us-east-1', 'ap-east-1', 'xx-nowhere-1', 'us-east-1'], accounts);
    expect(found.scopes).toEqual([scope]);
    expect(found.regions).toEqual(['us-east-1']);
    expect(found.unreachable.map(({ accountId, region }) => [accountId, region])).toEqual([
      ['999', undefined],
      ['111122223333', 'ap-east-1'],
      ['111122223333', 'xx-nowhere-1'],
    ]);
  });

  it('fails only when nothing is reachable, and for later when the reason may pass', async () => {
    world().fail('GetCallerIdentity', unreachable);
    await expect(resolve(['us-east-1'])).rejects.toMatchObject({
      code: 'discovery.nothing-reachable',
      retry: 'later',
    });
    world().fail('GetCallerIdentity', denied);
    await expect(resolve(['us-east-1'])).rejects.toMatchObject({
      code: 'discovery.nothing-reachable',
      retry: 'never',
    });
  });
});

describe('fetching costs and prices', () => {
  const cell = (day: string, service: string, amount: string) => ({
    day,
    keys: [service, 'type'],
    amounts: { UnblendedCost: { amount, unit: 'USD' }, UsageQuantity: { amount: '1', unit: 'Hrs' } },
    estimated: false,
  });
  const costs = (source: 'cost-explorer' | 'imported', imported = {} as ImportedCosts) =>
    new FetchCostsHandler(clouds, artifacts, imported).execute(
      new FetchCosts(taskOf('discovery.costs', { cloud, costs: { source }, asOf }), contextOf()),
    );

  it('orders facts by day, leaves today out and sums exactly', async () => {
    world().costs.set('111122223333 us-east-1 Usage', [
      cell('2026-11-20', 'EC2', '0.1'),
      cell('2026-11-19', 'EC2', '0.2'),
      cell('2026-11-21', 'EC2', '9'),
    ]);
    world().costs.set('111122223333 global Tax', [cell('2026-11-19', 'Tax', '0.0000000001')]);
    const { output, events } = await costs('cost-explorer');
    const facts = await allOf(artifacts.readNdjson<{ day: string; chargeCategory: string }>(output.facts));
    expect(facts.map(({ day }) => day)).toEqual(['2026-11-19', '2026-11-19', '2026-11-20']);
    expect(output).toMatchObject({
      firstDay: '2026-11-19',
      lastDay: '2026-11-20',
      totals: [{ currency: 'USD', billedCost: '0.3000000001', effectiveCost: '0.3000000001' }],
    });
    expect(eventContracts['trimtab.cost.imported.v1'].parse(events?.[0]?.data)).toMatchObject({
      rows: 3,
      pages: 1,
    });
  });

  it('takes net costs where the account has them, and does without where they are refused', async () => {
    const net = { ...cell('2026-11-20', 'EC2', '10') };
    const amounts = { ...net.amounts, AmortizedCost: { amount: '8', unit: 'USD' } };
    const discounted = { ...amounts, NetAmortizedCost: { amount: '6', unit: 'USD' } };
    world().costs.set('111122223333 us-east-1 Usage', [{ ...net, amounts: discounted }]);
    expect((await costs('cost-explorer')).output.totals).toMatchObject([
      { billedCost: '10', effectiveCost: '6' },
    ]);
    world().costs.set('111122223333 us-east-1 Usage', [{ ...net, amounts }]);
    world().fail('GetCostAndUsage', new AppError('cloud.refused', 'NetAmortizedCost is not enabled.'));
    expect((await costs('cost-explorer')).output.totals).toMatchObject([
      { billedCost: '10', effectiveCost: '8' },
    ]);
  });

  it('says what to do when there is no bill', async () => {
    await expect(costs('cost-explorer')).rejects.toMatchObject({ code: 'costs.none' });
    const nothing = { days: async () => undefined } as unknown as ImportedCosts;
    await expect(costs('imported', nothing)).rejects.toMatchObject({ code: 'costs.nothing-imported' });
  });

  it('asks the next account for instance types when the first may not', async () => {
    const accounts = [...cloud.accounts, { id: '444455556666', name: 'development' }];
    world().fail('DescribeInstanceTypes', denied);
    const input = { cloud: { ...cloud, accounts }, region: 'us-east-1', services: ['ebs' as const], asOf };
    const handler = new FetchPricesHandler(clouds, artifacts);
    const { output } = await handler.execute(new FetchPrices(taskOf('discovery.prices', input), contextOf()));
    expect(taskContracts['discovery.prices'].output.parse(output)).toMatchObject({ prices: { count: 0 } });
  });
});

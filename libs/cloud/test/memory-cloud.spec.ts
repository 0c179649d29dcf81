import { describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import {
  aDatabase,
  aFunction,
  aLoadBalancer,
  aLogGroup,
  anAddress,
  anInstance,
  aVolume,
  MemoryCloud,
} from '../src/testing.js';
import { actionsContract } from './actions.contract.js';
import type { Stage } from './actions.contract.js';

const scope = { accountId: '111122223333', region: 'us-east-1' };
const arn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/1234567890abcdef';

function stage(): Stage {
  const cloud = new MemoryCloud();
  const there = cloud.world.at(scope);
  there.instances.set('i-1', anInstance({ id: 'i-1' }));
  there.volumes.set('vol-1', aVolume({ id: 'vol-1', attachedTo: ['i-1'] }));
  there.volumes.set('vol-2', aVolume({ id: 'vol-2' }));
  there.addresses.set('eipalloc-1', anAddress({ allocationId: 'eipalloc-1' }));
  there.databases.set('orders', aDatabase({ id: 'orders' }));
  there.functions.set('mail', aFunction({ name: 'mail' }));
  there.buckets.set('media', { name: 'media', tags: {}, incompleteUploads: [] });
  there.loadBalancers.set(arn, aLoadBalancer({ arn }));
  there.logGroups.set('/app', aLogGroup({ name: '/app' }));
  return {
    cloud,
    scope,
    runningInstance: 'i-1',
    attachedVolume: 'vol-1',
    unattachedVolume: 'vol-2',
    idleAddress: 'eipalloc-1',
    database: 'orders',
    function: 'mail',
    bucket: 'media',
    loadBalancer: arn,
    logGroup: '/app',
  };
}

actionsContract('the cloud in memory', async () => stage());

describe('faults of the cloud in memory', () => {
  const lost = new AppError('cloud.unavailable', 'The answer was lost.', { retry: 'later' });

  it('fails before an effect, which then has not happened', async () => {
    const { cloud } = stage();
    const world = (cloud as MemoryCloud).world;
    world.fail('StopInstances', lost);
    await expect(cloud.actions(scope).instances.stop('i-1')).rejects.toBe(lost);
    expect(world.effects).toEqual([]);
    await cloud.actions(scope).instances.stop('i-1');
    expect(world.effects).toEqual([{ ...scope, service: 'ec2', operation: 'StopInstances', target: 'i-1' }]);
  });

  it('loses the answer after an effect, which then has happened', async () => {
    const { cloud } = stage();
    (cloud as MemoryCloud).world.fail('StopInstances', lost, 'after');
    await expect(cloud.actions(scope).instances.stop('i-1')).rejects.toBe(lost);
    expect(await cloud.actions(scope).instances.describe('i-1')).toMatchObject({ state: 'stopped' });
  });
});

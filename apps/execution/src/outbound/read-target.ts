import type { CloudActions, Inventory } from '@trimtab/cloud';
import type { ResourceType } from '@trimtab/contracts';
import type { Live, LiveOf, Target } from '../domain/target.js';

const byType: {
  readonly [T in ResourceType]: (actions: CloudActions, id: string) => Promise<LiveOf<T> | undefined>;
} = {
  'ec2:instance': (actions, id) => actions.instances.describe(id),
  'ec2:volume': (actions, id) => actions.volumes.describe(id),
  'ec2:snapshot': (actions, id) => actions.snapshots.describe(id),
  'ec2:elastic-ip': (actions, id) => actions.addresses.describe(id),
  'rds:db-instance': (actions, id) => actions.databases.describe(id),
  'lambda:function': (actions, id) => actions.functions.describe(id),
  's3:bucket': (actions, id) => actions.buckets.describe(id),
  'elasticloadbalancing:loadbalancer': (actions, id) => actions.loadBalancers.describe(id),
  'logs:log-group': (actions, id) => actions.logGroups.describe(id),
};

export async function readTarget(
  actions: CloudActions,
  inventory: Pick<Inventory, 'addresses'>,
  target: Target,
): Promise<Live | undefined> {
  switch (target.by) {
    case 'id':
      return byType[target.type](actions, target.id);
    case 'snapshot-mark':
      return (await actions.snapshots.find(target.mark))[0];
    case 'public-ip':
      return addressOf(inventory, target.publicIp);
    case 'nothing':
      return undefined;
  }
}

async function addressOf(
  inventory: Pick<Inventory, 'addresses'>,
  publicIp: string,
): Promise<Live | undefined> {
  for await (const address of inventory.addresses()) if (address.publicIp === publicIp) return address;
  return undefined;
}

import type { Resource, ScannedService } from '@trimtab/contracts';
import { mapConcurrently } from '@trimtab/cloud';
import type { CloudScope, Inventory } from '@trimtab/cloud';
import {
  addressResource,
  bucketResource,
  databaseResource,
  functionResource,
  instanceResource,
  loadBalancerResource,
  logGroupResource,
  snapshotResource,
  volumeResource,
} from '../domain/resources.js';

/** Told of what could not be read about one resource; the others go on. */
export type Problem = (error: unknown) => void;

/** Resources of one scanned service, as they are listed. */
export function readService(
  service: ScannedService,
  inventory: Inventory,
  scope: CloudScope,
  problem: Problem,
): AsyncIterable<Resource> {
  switch (service) {
    case 'ec2':
      return readEc2(inventory, scope);
    case 'ebs':
      return readEbs(inventory, scope);
    case 'rds':
      return mapped(inventory.databases(), (live) => databaseResource(scope, live));
    case 'lambda':
      return mapped(inventory.functions(), (live) => functionResource(scope, live));
    case 's3':
      return readBuckets(inventory, scope, problem);
    case 'elb':
      return mapped(inventory.loadBalancers(), (live) => loadBalancerResource(scope, live));
    case 'cloudwatch-logs':
      return mapped(inventory.logGroups(), (live) => logGroupResource(scope, live));
  }
}

/** EC2 lists a terminated instance for about an hour more; nothing is left to save on it. */
const gone = new Set(['terminated', 'shutting-down']);

async function* readEc2(inventory: Inventory, scope: CloudScope): AsyncIterable<Resource> {
  for await (const live of inventory.instances())
    if (!gone.has(live.state)) yield instanceResource(scope, live);
  yield* mapped(inventory.addresses(), (live) => addressResource(scope, live));
}

/** A bucket whose policy keeps readers out is left out: nothing may be concluded from what is not known. */
async function* readBuckets(
  inventory: Inventory,
  scope: CloudScope,
  problem: Problem,
): AsyncIterable<Resource> {
  const described = mapConcurrently(inventory.buckets(), 6, async (entry) => {
    try {
      return bucketResource(scope, entry, await inventory.bucket(entry.name));
    } catch (error) {
      problem(error);
      return undefined;
    }
  });
  for await (const bucket of described) if (bucket) yield bucket;
}

async function* readEbs(inventory: Inventory, scope: CloudScope): AsyncIterable<Resource> {
  yield* mapped(inventory.volumes(), (live) => volumeResource(scope, live));
  const images = await imagesBySnapshot(inventory);
  yield* mapped(inventory.snapshots(), (live) => snapshotResource(scope, live, images.get(live.id) ?? []));
}

async function imagesBySnapshot(inventory: Inventory): Promise<Map<string, string[]>> {
  const images = new Map<string, string[]>();
  for await (const image of inventory.images()) {
    for (const id of image.snapshotIds) images.set(id, [...(images.get(id) ?? []), image.id]);
  }
  return images;
}

async function* mapped<T, R>(items: AsyncIterable<T>, map: (item: T) => R): AsyncIterable<R> {
  for await (const item of items) yield map(item);
}

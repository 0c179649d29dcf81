import type {
  BucketDescription,
  BucketEntry,
  InstanceTypeDescription,
  OwnImage,
} from '../ports/inventory.port.js';
import { Inventory } from '../ports/inventory.port.js';
import type {
  LiveAddress,
  LiveDatabase,
  LiveFunction,
  LiveInstance,
  LiveLoadBalancer,
  LiveLogGroup,
  LiveSnapshot,
  LiveVolume,
} from '../ports/live-state.js';
import type { AwsCaller } from './caller.js';
import {
  instanceType,
  liveAddress,
  liveInstance,
  liveSnapshot,
  liveVolume,
  ownImage,
} from './ec2.mapping.js';
import { listLoadBalancers } from './load-balancers.aws.js';
import { describeBucket, listBuckets } from './buckets.aws.js';
import { listFunctions, listLogGroups } from './functions-and-logs.aws.js';
import { liveDatabase } from './services.mapping.js';

/** Inventory by the Describe and List operations of the AWS SDK. */
export class AwsInventory extends Inventory {
  constructor(private readonly aws: AwsCaller) {
    super();
  }

  override async *instances(): AsyncIterable<LiveInstance> {
    const pages = this.aws.pages(
      'ec2',
      (sdk, NextToken) => new sdk.DescribeInstancesCommand({ NextToken, MaxResults: 1000 }),
      (page) => page.NextToken,
    );
    for await (const { Reservations } of pages) {
      for (const reservation of Reservations ?? []) {
        for (const found of reservation.Instances ?? []) yield liveInstance(found, reservation.OwnerId);
      }
    }
  }

  override async *addresses(): AsyncIterable<LiveAddress> {
    const { Addresses } = await this.aws.send('ec2', (sdk) => new sdk.DescribeAddressesCommand({}));
    for (const address of Addresses ?? []) yield liveAddress(address);
  }

  override async *images(): AsyncIterable<OwnImage> {
    const pages = this.aws.pages(
      'ec2',
      (sdk, NextToken) => new sdk.DescribeImagesCommand({ Owners: ['self'], NextToken, MaxResults: 1000 }),
      (page) => page.NextToken,
    );
    for await (const { Images } of pages) for (const image of Images ?? []) yield ownImage(image);
  }

  override async *volumes(): AsyncIterable<LiveVolume> {
    const pages = this.aws.pages(
      'ec2',
      (sdk, NextToken) => new sdk.DescribeVolumesCommand({ NextToken, MaxResults: 1000 }),
      (page) => page.NextToken,
    );
    for await (const { Volumes } of pages) for (const volume of Volumes ?? []) yield liveVolume(volume);
  }

  override async *snapshots(): AsyncIterable<LiveSnapshot> {
    const pages = this.aws.pages(
      'ec2',
      (sdk, NextToken) =>
        new sdk.DescribeSnapshotsCommand({ OwnerIds: ['self'], NextToken, MaxResults: 1000 }),
      (page) => page.NextToken,
    );
    for await (const { Snapshots } of pages)
      for (const snapshot of Snapshots ?? []) yield liveSnapshot(snapshot);
  }

  override async *databases(): AsyncIterable<LiveDatabase> {
    const pages = this.aws.pages(
      'rds',
      (sdk, Marker) => new sdk.DescribeDBInstancesCommand({ Marker, MaxRecords: 100 }),
      (page) => page.Marker,
    );
    for await (const { DBInstances } of pages)
      for (const found of DBInstances ?? []) yield liveDatabase(found);
  }

  override functions(): AsyncIterable<LiveFunction> {
    return listFunctions(this.aws);
  }

  override buckets(): AsyncIterable<BucketEntry> {
    return listBuckets(this.aws);
  }

  override bucket(name: string): Promise<BucketDescription> {
    return describeBucket(this.aws, name);
  }

  override loadBalancers(): AsyncIterable<LiveLoadBalancer> {
    return listLoadBalancers(this.aws);
  }

  override logGroups(): AsyncIterable<LiveLogGroup> {
    return listLogGroups(this.aws);
  }

  override async *instanceTypes(): AsyncIterable<InstanceTypeDescription> {
    const pages = this.aws.pages(
      'ec2',
      (sdk, NextToken) => new sdk.DescribeInstanceTypesCommand({ NextToken, MaxResults: 100 }),
      (page) => page.NextToken,
    );
    for await (const { InstanceTypes } of pages)
      for (const found of InstanceTypes ?? []) yield instanceType(found);
  }
}

import * as ec2 from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import { clientConfig, collect, inPlace, present, production, refusal, startSim, tagsIn } from './sim.js';
import type { Place } from './sim.js';

const region = 'us-east-1';
let sim: CloudSim;
let client: ec2.EC2Client;
beforeAll(async () => {
  sim = await startSim();
  client = new ec2.EC2Client(clientConfig(sim, { accountId: production, region }));
});
afterAll(() => sim.close());

const mine = <T extends Place>(items: Iterable<T>): T[] => inPlace(items, { accountId: production, region });

describe('reading EC2', () => {
  it('pages give every instance exactly once, with the fields of the world', async () => {
    const pages = ec2.paginateDescribeInstances({ client, pageSize: 7 }, {});
    const reservations = await collect(pages, (page) => page.Reservations);
    const found = reservations.flatMap((reservation) => reservation.Instances ?? []);
    const expected = mine(sim.world.instances.values());
    expect(found.map((item) => item.InstanceId).sort()).toEqual(expected.map((item) => item.id).sort());
    for (const item of found) {
      const truth = present(sim.world.instances.get(present(item.InstanceId)));
      expect(item).toMatchObject({
        InstanceType: truth.instanceType,
        State: { Name: truth.state },
        LaunchTime: new Date(truth.launchTime),
        StateTransitionReason: truth.stateTransitionReason,
        Placement: { AvailabilityZone: truth.availabilityZone },
      });
      expect(tagsIn(item.Tags)).toEqual(truth.tags);
      expect(present(item.BlockDeviceMappings).map((device) => device.Ebs?.VolumeId)).toEqual(
        truth.volumeIds,
      );
    }
  });

  it('filters by state, by tag with wildcards and by several values', async () => {
    const { Volumes = [] } = await client.send(
      new ec2.DescribeVolumesCommand({ Filters: [{ Name: 'status', Values: ['available'] }] }),
    );
    expect(Volumes.map((item) => item.VolumeId).sort()).toEqual(
      mine(sim.world.volumes.values())
        .filter((item) => item.state === 'available')
        .map((item) => item.id)
        .sort(),
    );
    const tagged = mine(sim.world.instances.values()).find((item) => (item.tags['Name'] ?? '').length > 3);
    const name = tagged?.tags['Name'] ?? '';
    const { Reservations = [] } = await client.send(
      new ec2.DescribeInstancesCommand({
        Filters: [{ Name: 'tag:Name', Values: [`${name.slice(0, 3)}*`, 'nothing'] }],
      }),
    );
    const names = Reservations.flatMap((r) => r.Instances ?? []).map(
      (i) => i.Tags?.find((t) => t.Key === 'Name')?.Value,
    );
    expect(names).toContain(name);
    expect(names.every((found) => found?.startsWith(name.slice(0, 3)))).toBe(true);
  });

  it('an unknown filter, a bad token and a missing id are refused', async () => {
    const bad = new ec2.DescribeVolumesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] });
    expect((await refusal(client.send(bad))).name).toBe('InvalidParameterValue');
    expect((await refusal(client.send(new ec2.DescribeVolumesCommand({ NextToken: 'x' })))).name).toBe(
      'InvalidNextToken',
    );
    const ids = new ec2.DescribeInstancesCommand({ InstanceIds: ['i-00000000000000000'] });
    expect(await refusal(client.send(ids))).toEqual({ name: 'InvalidInstanceID.NotFound', status: 400 });
    const volume = new ec2.DescribeVolumesCommand({ VolumeIds: ['vol-0'] });
    expect((await refusal(client.send(volume))).name).toBe('InvalidVolume.NotFound');
    const snapshot = new ec2.DescribeSnapshotsCommand({ SnapshotIds: ['snap-0'] });
    expect((await refusal(client.send(snapshot))).name).toBe('InvalidSnapshot.NotFound');
    const image = new ec2.DescribeImagesCommand({ ImageIds: ['ami-0'] });
    expect((await refusal(client.send(image))).name).toBe('InvalidAMIID.NotFound');
    const address = new ec2.DescribeAddressesCommand({ AllocationIds: ['eipalloc-0'] });
    expect((await refusal(client.send(address))).name).toBe('InvalidAllocationID.NotFound');
  });

  it('snapshots, images, addresses and tags of the account are all listed', async () => {
    const { Snapshots = [] } = await client.send(new ec2.DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    expect(Snapshots).toHaveLength(mine(sim.world.snapshots.values()).length);
    const { Images = [] } = await client.send(new ec2.DescribeImagesCommand({ Owners: ['self'] }));
    expect(Images.map((image) => image.BlockDeviceMappings?.map((device) => device.Ebs?.SnapshotId))).toEqual(
      Images.map((image) => sim.world.images.get(image.ImageId ?? '')?.snapshotIds),
    );
    expect(Images).toHaveLength(mine(sim.world.images.values()).length);
    const { Addresses = [] } = await client.send(new ec2.DescribeAddressesCommand({}));
    expect(Addresses).toHaveLength(mine(sim.world.addresses.values()).length);
    const { Tags = [] } = await client.send(
      new ec2.DescribeTagsCommand({ Filters: [{ Name: 'resource-type', Values: ['volume'] }] }),
    );
    expect(Tags.length).toBe(
      mine(sim.world.volumes.values()).reduce((sum, item) => sum + Object.keys(item.tags).length, 0),
    );
  });

  it('the catalogue gives regions, zones and every instance type', async () => {
    const { Regions = [] } = await client.send(new ec2.DescribeRegionsCommand({}));
    expect(Regions.map((item) => item.RegionName)).toEqual([...sim.world.regions]);
    const { AvailabilityZones = [] } = await client.send(new ec2.DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones[0]).toMatchObject({ ZoneName: 'us-east-1a', State: 'available' });
    const pages = ec2.paginateDescribeInstanceTypes({ client }, {});
    const types = await collect(pages, (page) => page.InstanceTypes);
    expect(types).toHaveLength(sim.world.instanceTypes.length);
    const type = present(sim.world.instanceTypes[0]);
    expect(types.find((item) => item.InstanceType === type.name)).toMatchObject({
      VCpuInfo: { DefaultVCpus: type.vcpu },
      MemoryInfo: { SizeInMiB: type.memoryMiB },
      ProcessorInfo: { SupportedArchitectures: [type.architecture] },
      EbsInfo: { EbsOptimizedInfo: { BaselineIops: type.ebsBaselineIops } },
    });
    expect((await client.send(new ec2.DescribeNatGatewaysCommand({}))).NatGateways).toEqual([]);
  });
});

import * as ec2 from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import { clientConfig, first, looseVolume, refusal, runningInstance, startSim } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());

const clientFor = (item: { accountId: string; region: string }) => new ec2.EC2Client(clientConfig(sim, item));

async function volume(client: ec2.EC2Client, id: string): Promise<ec2.Volume | undefined> {
  return (await client.send(new ec2.DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0];
}

describe('changing volumes', () => {
  it('a volume can be snapshotted, deleted and made again from its snapshot', async () => {
    const old = looseVolume(sim.world);
    const client = clientFor(old);
    const Tags = [{ Key: 'finops:of', Value: old.id }];
    const { SnapshotId = '', State } = await client.send(
      new ec2.CreateSnapshotCommand({
        VolumeId: old.id,
        TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
      }),
    );
    expect(State).toBe('pending');
    const make = (token: string, Size?: number) =>
      client.send(
        new ec2.CreateVolumeCommand({
          AvailabilityZone: old.availabilityZone,
          SnapshotId,
          VolumeType: 'gp3',
          ClientToken: token,
          Size,
        }),
      );
    expect((await refusal(make('early'))).name).toBe('IncorrectState');
    const describe = async () =>
      (await client.send(new ec2.DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots?.[0];
    sim.settle();
    expect(await describe()).toMatchObject({ State: 'completed', Tags });
    await client.send(new ec2.DeleteVolumeCommand({ VolumeId: old.id }));
    sim.settle();
    expect((await refusal(volume(client, old.id))).name).toBe('InvalidVolume.NotFound');
    const made = await make('again');
    expect(made).toMatchObject({
      Size: old.size,
      State: 'creating',
      SnapshotId,
      Iops: 3000,
      Throughput: 125,
    });
    expect((await make('again')).VolumeId).toBe(made.VolumeId);
    expect((await refusal(make('again', old.size + 1))).name).toBe('IdempotentParameterMismatch');
    sim.settle();
    expect((await volume(client, made.VolumeId ?? ''))?.State).toBe('available');
  });

  it('attach and detach move through their states and refuse what does not fit', async () => {
    const free = looseVolume(sim.world);
    const client = clientFor(free);
    const near = runningInstance(
      sim.world,
      (item) => item.accountId === free.accountId && item.availabilityZone === free.availabilityZone,
    );
    const VolumeId = free.id;
    const attach = (InstanceId: string) =>
      client.send(new ec2.AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdz' }));
    const far = [...sim.world.instances.values()].find(
      (item) =>
        item.state === 'running' &&
        item.accountId === free.accountId &&
        item.region === free.region &&
        item.availabilityZone !== free.availabilityZone,
    );
    if (far) expect((await refusal(attach(far.id))).name).toBe('InvalidVolume.ZoneMismatch');
    expect((await attach(near.id)).State).toBe('attaching');
    expect((await volume(client, VolumeId))?.State).toBe('in-use');
    expect((await refusal(client.send(new ec2.DeleteVolumeCommand({ VolumeId })))).name).toBe('VolumeInUse');
    expect((await refusal(attach(near.id))).name).toBe('VolumeInUse');
    sim.settle();
    expect((await volume(client, VolumeId))?.Attachments?.[0]?.State).toBe('attached');
    expect((await client.send(new ec2.DetachVolumeCommand({ VolumeId }))).State).toBe('detaching');
    sim.settle();
    expect(await volume(client, VolumeId)).toMatchObject({ State: 'available', Attachments: [] });
    expect((await refusal(client.send(new ec2.DetachVolumeCommand({ VolumeId })))).name).toBe(
      'IncorrectState',
    );
  });

  it('a volume takes four modifications a day and refuses the fifth', async () => {
    const item = looseVolume(sim.world, (found) => found.volumeType === 'gp2' || found.volumeType === 'gp3');
    item.modifications.length = 0;
    const client = clientFor(item);
    const modify = (input: Partial<ec2.ModifyVolumeCommandInput>) =>
      client.send(new ec2.ModifyVolumeCommand({ VolumeId: item.id, ...input }));
    const settled = async () => {
      sim.settle();
      const ask = new ec2.DescribeVolumesModificationsCommand({ VolumeIds: [item.id] });
      expect((await client.send(ask)).VolumesModifications?.[0]?.ModificationState).toBe('completed');
    };
    const { VolumeModification } = await modify({ VolumeType: 'gp3', Iops: 4000, Throughput: 200 });
    expect(VolumeModification).toMatchObject({
      ModificationState: 'modifying',
      TargetVolumeType: 'gp3',
      TargetIops: 4000,
    });
    expect(await volume(client, item.id)).toMatchObject({ VolumeType: 'gp3', Iops: 4000, Throughput: 200 });
    expect((await refusal(modify({ Iops: 5000 }))).name).toBe('IncorrectModificationState');
    await settled();
    for (const Iops of [5000, 6000, 7000]) {
      await modify({ Iops });
      await settled();
    }
    expect((await refusal(modify({ Iops: 8000 }))).name).toBe('VolumeModificationRateExceeded');
    expect((await volume(client, item.id))?.Iops).toBe(7000);
  });

  it('impossible shapes are refused', async () => {
    const item = looseVolume(sim.world, (found) => found.size > 1);
    const client = clientFor(item);
    const modify = (input: Partial<ec2.ModifyVolumeCommandInput>) =>
      refusal(client.send(new ec2.ModifyVolumeCommand({ VolumeId: item.id, ...input })));
    expect((await modify({ VolumeType: 'gp3', Iops: 100 })).name).toBe('InvalidParameterValue');
    expect((await modify({ VolumeType: 'gp2', Iops: 4000 })).name).toBe('InvalidParameterCombination');
    expect((await modify({ VolumeType: 'gp3', Size: item.size - 1 })).name).toBe('InvalidParameterValue');
  });
});

describe('addresses and tags', () => {
  it('a released address can be recovered by its number, once', async () => {
    const address = first(sim.world.addresses.values(), (item) => !item.associationId && !item.instanceId);
    const client = clientFor(address);
    await client.send(new ec2.ReleaseAddressCommand({ AllocationId: address.allocationId }));
    const recover = () =>
      client.send(new ec2.AllocateAddressCommand({ Domain: 'vpc', Address: address.publicIp }));
    const back = await recover();
    expect(back.PublicIp).toBe(address.publicIp);
    expect((await refusal(recover())).name).toBe('InvalidAddress.NotFound');
    const fresh = await client.send(new ec2.AllocateAddressCommand({ Domain: 'vpc' }));
    expect(fresh.PublicIp).not.toBe(back.PublicIp);
  });

  it('an address in use is not released', async () => {
    const address = first(sim.world.addresses.values(), (item) => item.associationId !== undefined);
    const release = new ec2.ReleaseAddressCommand({ AllocationId: address.allocationId });
    expect((await refusal(clientFor(address).send(release))).name).toBe('InvalidIPAddress.InUse');
  });

  it('tags are set, seen and removed', async () => {
    const item = looseVolume(sim.world);
    const client = clientFor(item);
    const Resources = [item.id];
    const before = { ...item.tags };
    const tag = { Key: 'finops:owner', Value: 'a <b> & "c"' };
    await client.send(new ec2.CreateTagsCommand({ Resources, Tags: [tag] }));
    expect((await volume(client, item.id))?.Tags).toContainEqual(tag);
    await client.send(new ec2.DeleteTagsCommand({ Resources, Tags: [{ Key: tag.Key, Value: 'other' }] }));
    expect((await volume(client, item.id))?.Tags).toContainEqual(tag);
    await client.send(new ec2.DeleteTagsCommand({ Resources, Tags: [{ Key: tag.Key }] }));
    expect(item.tags).toEqual(before);
    const reserved = new ec2.CreateTagsCommand({ Resources, Tags: [{ Key: 'aws:x', Value: '' }] });
    expect((await refusal(client.send(reserved))).name).toBe('InvalidParameterValue');
  });
});

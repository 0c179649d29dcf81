import * as ec2 from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import { clientConfig, first, refusal, runningInstance, startSim } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());

const clientFor = (item: { accountId: string; region: string }) => new ec2.EC2Client(clientConfig(sim, item));

async function stateOf(client: ec2.EC2Client, id: string): Promise<string | undefined> {
  const { Reservations } = await client.send(new ec2.DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0]?.State?.Name;
}

async function volume(client: ec2.EC2Client, id: string): Promise<ec2.Volume | undefined> {
  return (await client.send(new ec2.DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0];
}

describe('changing instances', () => {
  it('stop, resize and start pass through their states', async () => {
    const instance = runningInstance(sim.world);
    const client = clientFor(instance);
    const one = { InstanceIds: [instance.id] };
    const resize = (Value: string) =>
      client.send(
        new ec2.ModifyInstanceAttributeCommand({ InstanceId: instance.id, InstanceType: { Value } }),
      );
    const other = first(
      sim.world.instanceTypes,
      (type) => type.architecture === instance.architecture && type.name !== instance.instanceType,
    );
    const alien = first(sim.world.instanceTypes, (type) => type.architecture !== instance.architecture);
    expect((await refusal(resize(other.name))).name).toBe('IncorrectInstanceState');
    const { StoppingInstances } = await client.send(new ec2.StopInstancesCommand(one));
    expect(StoppingInstances?.[0]).toMatchObject({
      PreviousState: { Code: 16, Name: 'running' },
      CurrentState: { Code: 64, Name: 'stopping' },
    });
    expect(await stateOf(client, instance.id)).toBe('stopping');
    expect((await refusal(client.send(new ec2.StartInstancesCommand(one)))).name).toBe(
      'IncorrectInstanceState',
    );
    sim.settle();
    expect(await stateOf(client, instance.id)).toBe('stopped');
    expect(instance.stateTransitionReason).toMatch(/^User initiated \(2026-11-20 12:\d\d:\d\d GMT\)$/);
    expect((await refusal(resize('m9.nonsense'))).name).toBe('InvalidInstanceAttributeValue');
    expect((await refusal(resize(alien.name))).name).toBe('InvalidParameterCombination');
    await resize(other.name);
    await client.send(new ec2.StartInstancesCommand(one));
    expect(await stateOf(client, instance.id)).toBe('pending');
    sim.settle();
    expect(await stateOf(client, instance.id)).toBe('running');
    const { Reservations } = await client.send(new ec2.DescribeInstancesCommand(one));
    expect(Reservations?.[0]?.Instances?.[0]?.InstanceType).toBe(other.name);
  });

  it('a stop takes the public address unless it is elastic; a start brings another one', async () => {
    const elastic = new Set([...sim.world.addresses.values()].map((address) => address.instanceId));
    const instance = runningInstance(sim.world, (item) => !elastic.has(item.id));
    instance.publicIp = '198.18.255.1';
    const keeping = runningInstance(sim.world, (item) => elastic.has(item.id));
    const before = instance.publicIp;
    const kept = keeping.publicIp;
    for (const item of [instance, keeping]) {
      const client = clientFor(item);
      const one = { InstanceIds: [item.id] };
      await client.send(new ec2.StopInstancesCommand(one));
      sim.settle();
      expect(await stateOf(client, item.id)).toBe('stopped');
      if (item === instance) expect(item.publicIp).toBeUndefined();
      await client.send(new ec2.StartInstancesCommand(one));
      sim.settle();
      expect(await stateOf(client, item.id)).toBe('running');
    }
    expect(instance.publicIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(instance.publicIp).not.toBe(before);
    expect(keeping.publicIp).toBe(kept);
  });

  it('one missing instance leaves all of them running', async () => {
    const instance = runningInstance(sim.world);
    const client = clientFor(instance);
    const ids = [instance.id, 'i-00000000000000000'];
    expect((await refusal(client.send(new ec2.StopInstancesCommand({ InstanceIds: ids })))).name).toBe(
      'InvalidInstanceID.NotFound',
    );
    expect(await stateOf(client, instance.id)).toBe('running');
  });

  it('a dry run changes nothing', async () => {
    const instance = runningInstance(sim.world);
    const client = clientFor(instance);
    const dry = new ec2.StopInstancesCommand({ InstanceIds: [instance.id], DryRun: true });
    expect(await refusal(client.send(dry))).toEqual({ name: 'DryRunOperation', status: 412 });
    expect(await stateOf(client, instance.id)).toBe('running');
  });

  it('termination protection holds until it is taken off; then volumes follow their own flag', async () => {
    const instance = runningInstance(sim.world, (item) => item.volumeIds.length > 0);
    const client = clientFor(instance);
    const protect = (Value: boolean) =>
      client.send(
        new ec2.ModifyInstanceAttributeCommand({ InstanceId: instance.id, DisableApiTermination: { Value } }),
      );
    const terminate = () => client.send(new ec2.TerminateInstancesCommand({ InstanceIds: [instance.id] }));
    await protect(true);
    const read = await client.send(
      new ec2.DescribeInstanceAttributeCommand({
        InstanceId: instance.id,
        Attribute: 'disableApiTermination',
      }),
    );
    expect(read.DisableApiTermination?.Value).toBe(true);
    expect((await refusal(terminate())).name).toBe('OperationNotPermitted');
    await protect(false);
    const volumes = instance.volumeIds.map((id) => ({
      id,
      goes: sim.world.volumes.get(id)?.attachedTo?.deleteOnTermination ?? false,
    }));
    const { TerminatingInstances } = await terminate();
    expect(TerminatingInstances?.[0]?.CurrentState?.Name).toBe('shutting-down');
    sim.settle();
    expect(await stateOf(client, instance.id)).toBe('terminated');
    for (const { id, goes } of volumes) {
      if (goes) expect((await refusal(volume(client, id))).name).toBe('InvalidVolume.NotFound');
      else expect((await volume(client, id))?.State).toBe('available');
    }
  });

  it('an image takes one snapshot per volume and protects them from deletion', async () => {
    const instance = runningInstance(sim.world, (item) => item.volumeIds.length > 0);
    const client = clientFor(instance);
    const ask = new ec2.CreateImageCommand({ InstanceId: instance.id, Name: 'before-stop', NoReboot: true });
    const { ImageId = '' } = await client.send(ask);
    expect((await refusal(client.send(ask))).name).toBe('InvalidAMIName.Duplicate');
    const describe = async () =>
      (await client.send(new ec2.DescribeImagesCommand({ ImageIds: [ImageId] }))).Images?.[0];
    expect((await describe())?.State).toBe('pending');
    sim.settle();
    const image = await describe();
    expect(image?.State).toBe('available');
    const snapshots = image?.BlockDeviceMappings?.map((device) => device.Ebs?.SnapshotId) ?? [];
    expect(snapshots).toHaveLength(instance.volumeIds.length);
    const drop = new ec2.DeleteSnapshotCommand({ SnapshotId: snapshots[0] });
    expect((await refusal(client.send(drop))).name).toBe('InvalidSnapshot.InUse');
  });
});

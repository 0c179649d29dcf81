import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Cloud, CloudActions, CloudScope } from '../src/index.js';

/** What the suite acts on: ids of things that exist and may be changed. */
export interface Stage {
  readonly cloud: Cloud;
  readonly scope: CloudScope;
  readonly runningInstance: string;
  readonly attachedVolume: string;
  readonly unattachedVolume: string;
  readonly idleAddress: string;
  readonly database: string;
  readonly function: string;
  readonly bucket: string;
  readonly loadBalancer: string;
  readonly logGroup: string;
}

/** Asks again until the answer is right, as states of a cloud change with a delay; throws when it stays wrong. */
async function eventually<T>(ask: () => Promise<T>, right: (answer: T) => boolean): Promise<T> {
  for (const end = performance.now() + 30_000; ;) {
    const isLast = performance.now() >= end;
    const answer = await ask();
    if (right(answer)) return answer;
    if (isLast) throw new Error(`still ${JSON.stringify(answer)} after 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What `CloudActions` promises, for every cloud alike. */
export function actionsContract(name: string, open: () => Promise<Stage>): void {
  describe(`effects of ${name}`, () => {
    let stage: Stage;
    let actions: CloudActions;
    beforeAll(async () => {
      stage = await open();
      actions = stage.cloud.actions(stage.scope);
    });

    it('stops, resizes and starts an instance', async () => {
      const id = stage.runningInstance;
      const state = (wanted: string) =>
        eventually(
          () => actions.instances.describe(id),
          (found) => found?.state === wanted,
        );
      await expect(actions.instances.modifyType(id, 'm5.xlarge')).rejects.toMatchObject({
        code: 'cloud.refused',
      });
      await actions.instances.stop(id);
      expect(await state('stopped')).toMatchObject({ id, state: 'stopped' });
      await actions.instances.modifyType(id, 'm5.xlarge');
      await actions.instances.start(id);
      expect(await state('running')).toMatchObject({ instanceType: 'm5.xlarge' });
    });

    it('says that what does not exist is not there', async () => {
      expect(await actions.instances.describe('i-00000000000000000')).toBeUndefined();
      expect(await actions.volumes.describe('vol-00000000000000000')).toBeUndefined();
      expect(await actions.snapshots.describe('snap-00000000000000000')).toBeUndefined();
      expect(await actions.addresses.describe('eipalloc-00000000000000000')).toBeUndefined();
      expect(await actions.databases.describe('no-such-database')).toBeUndefined();
      expect(await actions.functions.describe('no-such-function')).toBeUndefined();
      expect(await actions.buckets.describe('no-such-bucket-9f3a')).toBeUndefined();
      expect(await actions.logGroups.describe('/no/such/group')).toBeUndefined();
      expect(await actions.loadBalancers.describe(`${stage.loadBalancer.slice(0, -4)}0000`)).toBeUndefined();
      await expect(actions.volumes.delete('vol-00000000000000000')).rejects.toMatchObject({
        code: 'cloud.not-found',
      });
    });

    it('deletes a volume behind a snapshot and makes it again, once per client token', async () => {
      const id = stage.unattachedVolume;
      const before = await actions.volumes.describe(id);
      const tags = { 'trimtab:action': 'contract-1' };
      const snapshot = await actions.snapshots.create(id, 'before deletion', tags);
      const completed = await actions.snapshots.waitUntilCompleted(snapshot, {
        intervalMs: 20,
        timeoutMs: 30_000,
      });
      expect(completed).toMatchObject({ id: snapshot, volumeId: id, state: 'completed' });
      expect((await actions.snapshots.find(tags)).map((found) => found.id)).toEqual([snapshot]);
      await actions.volumes.delete(id);
      expect(
        await eventually(
          () => actions.volumes.describe(id),
          (found) => found === undefined,
        ),
      ).toBeUndefined();
      expect(await actions.volumes.describe(id)).toBeUndefined();
      const spec = { ...pick(before), snapshotId: snapshot, tags };
      const made = await actions.volumes.create(spec, 'contract-token-1');
      expect(await actions.volumes.create(spec, 'contract-token-1')).toBe(made);
      const state = await eventually(
        () => actions.volumes.describe(made),
        (found) => found?.state === 'available',
      );
      expect(state).toMatchObject({ ...pick(before), tags });
    });

    it('refuses to delete a volume that is in use', async () => {
      await expect(actions.volumes.delete(stage.attachedVolume)).rejects.toMatchObject({
        code: 'cloud.refused',
      });
    });

    it('turns gp2 into gp3 and refuses the fifth modification', async () => {
      const change = { volumeType: 'gp3', iops: 3_000, throughputMiBps: 125 };
      const settled = () =>
        eventually(
          () => actions.volumes.describe(stage.attachedVolume),
          (found) => found?.modification === undefined || found.modification === 'completed',
        );
      await actions.volumes.modify(stage.attachedVolume, change);
      await settled();
      expect(await actions.volumes.describe(stage.attachedVolume)).toMatchObject({
        volumeType: 'gp3',
        iops: 3_000,
      });
      for (const iops of [3_100, 3_200, 3_300]) {
        await settled();
        await actions.volumes.modify(stage.attachedVolume, { iops });
      }
      await settled();
      await expect(actions.volumes.modify(stage.attachedVolume, { iops: 3_400 })).rejects.toMatchObject({
        code: 'cloud.refused',
        message: expect.stringMatching(/modification rate/),
      });
    });

    it('releases an address and asks for the same one back', async () => {
      const before = await actions.addresses.describe(stage.idleAddress);
      await actions.addresses.release(stage.idleAddress);
      expect(await actions.addresses.describe(stage.idleAddress)).toBeUndefined();
      const back = await actions.addresses.allocate({ Name: 'back' }, before?.publicIp);
      expect(back.publicIp).toBe(before?.publicIp);
      expect(await actions.addresses.describe(back.allocationId)).toMatchObject({ tags: { Name: 'back' } });
    });

    it('stops and starts a database and changes its storage', async () => {
      const id = stage.database;
      const status = (wanted: string) =>
        eventually(
          () => actions.databases.describe(id),
          (found) => found?.status === wanted,
        );
      await actions.databases.stop(id);
      expect(await status('stopped')).toMatchObject({ id });
      await expect(actions.databases.stop(id)).rejects.toMatchObject({ code: 'cloud.refused' });
      await actions.databases.start(id);
      expect(await status('available')).toMatchObject({ id });
      await actions.databases.modifyStorage(id, { storageType: 'gp3' });
      expect(
        await eventually(
          () => actions.databases.describe(id),
          (found) => found?.storageType === 'gp3',
        ),
      ).toBeDefined();
    });

    it('reserves zero concurrency and takes it back', async () => {
      await actions.functions.putConcurrency(stage.function, 0);
      expect(await actions.functions.describe(stage.function)).toMatchObject({ reservedConcurrency: 0 });
      await actions.functions.deleteConcurrency(stage.function);
      expect((await actions.functions.describe(stage.function))?.reservedConcurrency).toBeUndefined();
    });

    it('puts, reads back and removes a lifecycle configuration', async () => {
      const rule = {
        ID: 'abort-incomplete-uploads',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      };
      await actions.buckets.putLifecycle(stage.bucket, [rule]);
      expect((await actions.buckets.describe(stage.bucket))?.lifecycleRules).toEqual([rule]);
      await actions.buckets.deleteLifecycle(stage.bucket);
      expect((await actions.buckets.describe(stage.bucket))?.lifecycleRules).toBeUndefined();
    });

    it('sets and removes retention', async () => {
      await actions.logGroups.putRetention(stage.logGroup, 90);
      expect(await actions.logGroups.describe(stage.logGroup)).toMatchObject({ retentionInDays: 90 });
      await actions.logGroups.deleteRetention(stage.logGroup);
      expect((await actions.logGroups.describe(stage.logGroup))?.retentionInDays).toBeUndefined();
    });

    it('keeps the configuration of a load balancer before it is deleted', async () => {
      const before = await actions.loadBalancers.describe(stage.loadBalancer);
      expect(before).toMatchObject({ arn: stage.loadBalancer });
      expect(JSON.stringify(before?.configuration)).toContain(stage.loadBalancer);
      await actions.loadBalancers.delete(stage.loadBalancer);
      expect(await actions.loadBalancers.describe(stage.loadBalancer)).toBeUndefined();
    });

    it('adds tags to what has some', async () => {
      const before = await actions.volumes.describe(stage.attachedVolume);
      await actions.tag([stage.attachedVolume], { 'trimtab:action': 'contract-2' });
      expect((await actions.volumes.describe(stage.attachedVolume))?.tags).toEqual({
        ...before?.tags,
        'trimtab:action': 'contract-2',
      });
    });

    it('tells effects from reads in its count of requests', async () => {
      const counted = stage.cloud.requests();
      const operations = (mutating: boolean) =>
        counted.filter((one) => one.mutating === mutating).map((one) => one.operation);
      expect(operations(true)).toEqual(
        expect.arrayContaining(['StopInstances', 'DeleteVolume', 'PutRetentionPolicy']),
      );
      expect(operations(false)).toEqual(expect.arrayContaining(['DescribeInstances', 'DescribeVolumes']));
      expect(operations(true).filter((operation) => /^(Describe|Get|List)/.test(operation))).toEqual([]);
    });
  });
}

const pick = (volume: { availabilityZone: string; volumeType: string; sizeGiB: number } | undefined) => ({
  availabilityZone: volume?.availabilityZone ?? '',
  volumeType: volume?.volumeType ?? '',
  sizeGiB: volume?.sizeGiB ?? 0,
});

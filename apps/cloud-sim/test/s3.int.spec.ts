import * as s3 from '@aws-sdk/client-s3';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import type { Bucket } from '../src/world/index.js';
import { clientConfig, development, first, production, refusal, startSim } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());

const clientFor = (item: { accountId: string; region: string }, more: s3.S3ClientConfig = {}) =>
  new s3.S3Client({ ...clientConfig(sim, item), ...more });

describe('S3', () => {
  it('lists the buckets of an account in every region, page by page', async () => {
    const client = clientFor({ accountId: production, region: 'us-east-1' });
    const names: string[] = [];
    for await (const page of s3.paginateListBuckets({ client }, { MaxBuckets: 2 })) {
      names.push(...(page.Buckets ?? []).map((bucket) => bucket.Name ?? ''));
    }
    const expected = [...sim.world.buckets.values()].filter((item) => item.accountId === production);
    expect(names.sort()).toEqual(expected.map((item) => item.name).sort());
    for (const item of expected) {
      const { LocationConstraint } = await client.send(
        new s3.GetBucketLocationCommand({ Bucket: item.name }),
      );
      expect(LocationConstraint ?? 'us-east-1').toBe(item.region);
    }
  });

  it('a lifecycle configuration is put, read back and deleted', async () => {
    const item = first(sim.world.buckets.values(), (found) => found.lifecycle === undefined);
    const client = clientFor(item);
    const one = { Bucket: item.name };
    const get = () => client.send(new s3.GetBucketLifecycleConfigurationCommand(one));
    expect(await refusal(get())).toEqual({ name: 'NoSuchLifecycleConfiguration', status: 404 });
    const Rules: s3.LifecycleRule[] = [
      {
        ID: 'abort',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
      {
        ID: 'tier',
        Status: 'Disabled',
        Filter: { And: { Prefix: 'logs/', Tags: [{ Key: 'keep', Value: 'no' }] } },
        Transitions: [
          { Days: 30, StorageClass: 'STANDARD_IA' },
          { Days: 90, StorageClass: 'GLACIER' },
        ],
        NoncurrentVersionExpiration: { NoncurrentDays: 90 },
        Expiration: { Days: 365 },
      },
    ];
    await client.send(
      new s3.PutBucketLifecycleConfigurationCommand({ ...one, LifecycleConfiguration: { Rules } }),
    );
    expect((await get()).Rules).toEqual(Rules);
    const empty = { Rules: [{ ID: 'x', Status: 'Enabled' as const, Filter: { Prefix: '' } }] };
    const bad = new s3.PutBucketLifecycleConfigurationCommand({ ...one, LifecycleConfiguration: empty });
    expect((await refusal(client.send(bad))).name).toBe('InvalidRequest');
    expect((await get()).Rules).toEqual(Rules);
    await client.send(new s3.DeleteBucketLifecycleCommand(one));
    expect((await refusal(get())).name).toBe('NoSuchLifecycleConfiguration');
  });

  it('unfinished uploads and their parts are listed page by page', async () => {
    const item = first(sim.world.buckets.values(), (found) =>
      found.uploads.some((upload) => upload.partSizes.length > 1),
    );
    const client = clientFor(item);
    const { Uploads = [], IsTruncated } = await client.send(
      new s3.ListMultipartUploadsCommand({ Bucket: item.name, MaxUploads: 1 }),
    );
    const uploads = [...Uploads];
    let more = IsTruncated;
    for (let last = Uploads.at(-1); more; last = uploads.at(-1)) {
      const page = await client.send(
        new s3.ListMultipartUploadsCommand({
          Bucket: item.name,
          MaxUploads: 1,
          KeyMarker: last?.Key,
          UploadIdMarker: last?.UploadId,
        }),
      );
      uploads.push(...(page.Uploads ?? []));
      more = page.IsTruncated;
    }
    expect(uploads.map((upload) => upload.UploadId).sort()).toEqual(
      item.uploads.map((upload) => upload.uploadId).sort(),
    );
    for (const upload of item.uploads) {
      const sizes: number[] = [];
      const input = { Bucket: item.name, Key: upload.key, UploadId: upload.uploadId, MaxParts: 3 };
      for await (const page of s3.paginateListParts({ client }, input)) {
        sizes.push(...(page.Parts ?? []).map((part) => part.Size ?? 0));
      }
      expect(sizes).toEqual([...upload.partSizes]);
    }
  });

  it('versioning, tags and head answer; missing, foreign and distant buckets do not', async () => {
    const item = first(sim.world.buckets.values(), (found) => Object.keys(found.tags).length > 0);
    const client = clientFor(item);
    const one = { Bucket: item.name };
    expect((await client.send(new s3.HeadBucketCommand(one))).BucketRegion).toBe(item.region);
    expect((await client.send(new s3.GetBucketVersioningCommand(one))).Status).toBe(item.versioning);
    const { TagSet = [] } = await client.send(new s3.GetBucketTaggingCommand(one));
    expect(Object.fromEntries(TagSet.map((tag) => [tag.Key, tag.Value]))).toEqual(item.tags);
    const versioning = (who: s3.S3Client, Bucket: string) =>
      refusal(who.send(new s3.GetBucketVersioningCommand({ Bucket })));
    expect(await versioning(client, 'nobody-has-this')).toEqual({ name: 'NoSuchBucket', status: 404 });
    const stranger = item.accountId === production ? development : production;
    expect(await versioning(clientFor({ ...item, accountId: stranger }), item.name)).toEqual({
      name: 'AccessDenied',
      status: 403,
    });
    expect((await refusal(client.send(new s3.HeadBucketCommand({ Bucket: 'nobody-has-this' })))).status).toBe(
      404,
    );
    const elsewhere = first(sim.world.regions, (region) => region !== item.region);
    const distant = clientFor({ ...item, region: elsewhere });
    expect(await versioning(distant, item.name)).toEqual({ name: 'PermanentRedirect', status: 301 });
    const following = clientFor({ ...item, region: elsewhere }, { followRegionRedirects: true });
    expect((await following.send(new s3.GetBucketVersioningCommand(one))).Status).toBe(item.versioning);
  });

  it('a bucket in the host name is the same bucket', async () => {
    const item: Bucket = first(sim.world.buckets.values(), (found) => found.versioning !== undefined);
    const port = new URL(sim.url).port;
    const lookup: LookupFunction = (_host, options, done) =>
      options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    const client = clientFor(item, {
      endpoint: `http://localhost:${port}`,
      requestHandler: { httpAgent: new Agent({ lookup }) },
    });
    let host = '';
    client.middlewareStack.add(
      (next) => (args) => {
        host = (args.request as { hostname: string }).hostname;
        return next(args);
      },
      { step: 'finalizeRequest' },
    );
    expect((await client.send(new s3.GetBucketVersioningCommand({ Bucket: item.name }))).Status).toBe(
      item.versioning,
    );
    expect(host).toBe(`${item.name}.localhost`);
    client.destroy();
  });
});

import { AwsError } from '../../aws-error.js';
import type { Service } from '../../protocols/protocol.js';
import type { S3Output } from '../../protocols/rest-xml.protocol.js';
import { s3RestXml } from '../../protocols/rest-xml.protocol.js';
import type { RestInput } from '../../protocols/rest.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import { needBucket } from './bucket.s3.js';
import {
  deleteBucketLifecycle,
  getBucketLifecycleConfiguration,
  putBucketLifecycleConfiguration,
} from './lifecycle.s3.js';
import { listMultipartUploads, listParts } from './uploads.s3.js';
import { pageByKey, sizeWithin } from '../page.js';

const bucket = /^\/(?<bucket>[^/]+)\/?$/;

export const s3: Service = {
  scope: 's3',
  protocol: s3RestXml([
    { method: 'GET', path: /^\/$/, operation: 'ListBuckets' },
    { method: 'GET', path: bucket, flag: 'location', operation: 'GetBucketLocation' },
    { method: 'GET', path: bucket, flag: 'lifecycle', operation: 'GetBucketLifecycleConfiguration' },
    { method: 'PUT', path: bucket, flag: 'lifecycle', operation: 'PutBucketLifecycleConfiguration' },
    { method: 'DELETE', path: bucket, flag: 'lifecycle', operation: 'DeleteBucketLifecycle' },
    { method: 'GET', path: bucket, flag: 'versioning', operation: 'GetBucketVersioning' },
    { method: 'GET', path: bucket, flag: 'tagging', operation: 'GetBucketTagging' },
    { method: 'GET', path: bucket, flag: 'uploads', operation: 'ListMultipartUploads' },
    { method: 'GET', path: /^\/(?<bucket>[^/]+)\/(?<key>.+)$/, flag: 'uploadId', operation: 'ListParts' },
    { method: 'HEAD', path: bucket, operation: 'HeadBucket' },
  ]),
  operations: {
    ListBuckets: listBuckets,
    GetBucketLocation: getBucketLocation,
    HeadBucket: headBucket,
    GetBucketLifecycleConfiguration: getBucketLifecycleConfiguration,
    PutBucketLifecycleConfiguration: putBucketLifecycleConfiguration,
    DeleteBucketLifecycle: deleteBucketLifecycle,
    GetBucketVersioning: getBucketVersioning,
    GetBucketTagging: getBucketTagging,
    ListMultipartUploads: listMultipartUploads,
    ListParts: listParts,
  },
};

/** ListBuckets is global: it shows the account's buckets of every region. */
function listBuckets(call: Call, { query }: RestInput): S3Output {
  const prefix = query.get('prefix') ?? '';
  const region = query.get('bucket-region');
  const mine = [...call.simulation.world.buckets.values()].filter(
    (item) =>
      item.accountId === call.accountId &&
      item.name.startsWith(prefix) &&
      (region === null || item.region === region),
  );
  const asked = query.get('max-buckets');
  const page = pageByKey(mine, (item) => item.name, {
    token: query.get('continuation-token') ?? undefined,
    size: sizeWithin(asked === null ? undefined : Number(asked), 10_000),
    badToken: 'InvalidArgument',
  });
  const Bucket = page.items.map((item) => ({
    Name: item.name,
    CreationDate: iso(item.creationDate),
    BucketRegion: item.region,
  }));
  const content = { Owner: { ID: call.accountId }, Buckets: { Bucket }, ContinuationToken: page.next };
  return { root: 'ListAllMyBucketsResult', content };
}

/** The one bucket operation that answers from any region; us-east-1 is the empty constraint. */
function getBucketLocation(call: Call, input: RestInput): S3Output {
  const { region } = needBucket(call, input, 'any region');
  return { root: 'LocationConstraint', content: region === 'us-east-1' ? '' : region };
}

function headBucket(call: Call, input: RestInput): S3Output {
  return { headers: { 'x-amz-bucket-region': needBucket(call, input).region } };
}

function getBucketVersioning(call: Call, input: RestInput): S3Output {
  const { versioning } = needBucket(call, input);
  return { root: 'VersioningConfiguration', content: { Status: versioning } };
}

function getBucketTagging(call: Call, input: RestInput): S3Output {
  const tags = Object.entries(needBucket(call, input).tags);
  if (tags.length === 0) throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', 404);
  return { root: 'Tagging', content: { TagSet: { Tag: tags.map(([Key, Value]) => ({ Key, Value })) } } };
}

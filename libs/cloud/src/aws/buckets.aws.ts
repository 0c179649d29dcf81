import type { LifecycleRule as SdkRule, MultipartUpload } from '@aws-sdk/client-s3';
import type { BucketDescription, BucketEntry } from '../ports/inventory.port.js';
import type { LifecycleRule } from '../ports/live-state.js';
import type { AwsCaller } from './caller.js';
import { instant, tagsOf } from './ec2.mapping.js';
import { orMissing } from './functions-and-logs.aws.js';
import { mapConcurrently } from './pacing.js';

/** The account's buckets in the scope's region. S3 lists a bucket's region; where it does not, it is asked for. */
export async function* listBuckets(aws: AwsCaller): AsyncIterable<BucketEntry> {
  const pages = aws.pages(
    's3',
    (sdk, ContinuationToken) => new sdk.ListBucketsCommand({ ContinuationToken, MaxBuckets: 1000 }),
    (page) => page.ContinuationToken,
  );
  for await (const { Buckets } of pages) {
    const located = mapConcurrently(Buckets ?? [], 8, async (bucket) => ({
      name: bucket.Name ?? '',
      createdAt: bucket.CreationDate?.toISOString(),
      region: bucket.BucketRegion ?? (await regionOf(aws, bucket.Name ?? '')),
    }));
    for await (const { name, createdAt, region } of located) {
      if (region === aws.scope.region) yield { name, createdAt };
    }
  }
}

/** An empty constraint means us-east-1, and `EU` is what eu-west-1 was first called. */
async function regionOf(aws: AwsCaller, name: string): Promise<string> {
  const answer = await orMissing(aws.send('s3', (sdk) => new sdk.GetBucketLocationCommand({ Bucket: name })));
  const constraint: string = answer?.LocationConstraint ?? '';
  if (constraint === '') return 'us-east-1';
  return constraint === 'EU' ? 'eu-west-1' : constraint;
}

export async function describeBucket(aws: AwsCaller, name: string): Promise<BucketDescription> {
  const [lifecycleRules, versioning, tags, incompleteUploads] = await Promise.all([
    bucketLifecycle(aws, name),
    aws.send('s3', (sdk) => new sdk.GetBucketVersioningCommand({ Bucket: name })),
    orMissing(aws.send('s3', (sdk) => new sdk.GetBucketTaggingCommand({ Bucket: name }))),
    openUploads(aws, name),
  ]);
  return {
    name,
    tags: tagsOf(tags?.TagSet),
    lifecycleRules,
    versioning: versioning.Status,
    incompleteUploads,
  };
}

export async function bucketLifecycle(aws: AwsCaller, name: string): Promise<LifecycleRule[] | undefined> {
  const answer = await orMissing(
    aws.send('s3', (sdk) => new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: name })),
  );
  return answer?.Rules?.map((rule) => ({ ...rule }));
}

/** S3 takes rules only with dates as dates; a stored rule has them as text. */
export const lifecycleForPut = (rules: readonly LifecycleRule[]): SdkRule[] =>
  structuredClone(rules).map((rule) => {
    const { Expiration } = rule as { Expiration?: { Date?: string | Date } };
    if (Expiration?.Date) Expiration.Date = new Date(Expiration.Date);
    return rule as unknown as SdkRule;
  });

async function openUploads(aws: AwsCaller, name: string): Promise<BucketDescription['incompleteUploads']> {
  const uploads: MultipartUpload[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (marker) {
    const at: { KeyMarker?: string; UploadIdMarker?: string } = marker;
    const page = await aws.send('s3', (sdk) => new sdk.ListMultipartUploadsCommand({ Bucket: name, ...at }));
    uploads.push(...(page.Uploads ?? []));
    marker = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : undefined;
  }
  const sized: { initiatedAt: string; bytes: number }[] = [];
  const sizes = mapConcurrently(uploads, 8, async (upload) => ({
    initiatedAt: instant(upload.Initiated),
    bytes: await partBytes(aws, name, upload),
  }));
  for await (const one of sizes) sized.push(one);
  return sized;
}

async function partBytes(aws: AwsCaller, Bucket: string, upload: MultipartUpload): Promise<number> {
  const pages = aws.pages(
    's3',
    (sdk, PartNumberMarker) =>
      new sdk.ListPartsCommand({ Bucket, Key: upload.Key, UploadId: upload.UploadId, PartNumberMarker }),
    (page) => (page.IsTruncated ? page.NextPartNumberMarker : undefined),
  );
  let bytes = 0;
  for await (const { Parts } of pages) for (const part of Parts ?? []) bytes += part.Size ?? 0;
  return bytes;
}

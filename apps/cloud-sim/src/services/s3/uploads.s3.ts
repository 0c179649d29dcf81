import { AwsError } from '../../aws-error.js';
import type { S3Output } from '../../protocols/rest-xml.protocol.js';
import type { RestInput } from '../../protocols/rest.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { MultipartUpload } from '../../world/world.js';
import { compare, sizeWithin } from '../page.js';
import { needBucket } from './bucket.s3.js';

type Position = readonly [key: string, uploadId: string];

/** ListMultipartUploads: in the order of key and upload id, continued by the two markers. */
export function listMultipartUploads(call: Call, input: RestInput): S3Output {
  const { name, uploads } = needBucket(call, input);
  const { query } = input;
  const keyMarker = query.get('key-marker') ?? '';
  const uploadMarker = query.get('upload-id-marker') ?? '';
  const prefix = query.get('prefix') ?? '';
  const size = sizeWithin(numberIn(query, 'max-uploads'), 1000);
  const left = [...uploads]
    .filter((item) => item.key.startsWith(prefix) && isAfter(item, keyMarker, uploadMarker))
    .sort((a, b) => comparePosition([a.key, a.uploadId], [b.key, b.uploadId]));
  const page = left.slice(0, size);
  const last = left.length > size ? page.at(-1) : undefined;
  const content = {
    Bucket: name,
    KeyMarker: keyMarker,
    UploadIdMarker: uploadMarker,
    NextKeyMarker: last?.key,
    NextUploadIdMarker: last?.uploadId,
    Prefix: prefix,
    MaxUploads: size,
    IsTruncated: last !== undefined,
    Upload: page.map((item) => ({
      Key: item.key,
      UploadId: item.uploadId,
      Initiator: { ID: call.principal.arn },
      Owner: { ID: call.accountId },
      StorageClass: 'STANDARD',
      Initiated: iso(item.initiated),
    })),
  };
  return { root: 'ListMultipartUploadsResult', content };
}

/** Without an upload id a key marker skips the whole key; with one, only the uploads up to it. */
function isAfter(item: MultipartUpload, keyMarker: string, uploadMarker: string): boolean {
  if (keyMarker === '') return true;
  if (uploadMarker === '') return item.key > keyMarker;
  return comparePosition([item.key, item.uploadId], [keyMarker, uploadMarker]) > 0;
}

const comparePosition = (a: Position, b: Position): number => compare(a[0], b[0]) || compare(a[1], b[1]);

export function listParts(call: Call, input: RestInput): S3Output {
  const { name, uploads } = needBucket(call, input);
  const key = input.labels['key'] ?? '';
  const uploadId = input.query.get('uploadId');
  const upload = uploads.find((item) => item.key === key && item.uploadId === uploadId);
  if (!upload) throw new AwsError('NoSuchUpload', 'The specified multipart upload does not exist.', 404);
  const marker = numberIn(input.query, 'part-number-marker') ?? 0;
  const size = sizeWithin(numberIn(input.query, 'max-parts'), 1000);
  const parts = upload.partSizes.slice(marker, marker + size);
  const truncated = marker + parts.length < upload.partSizes.length;
  const content = {
    Bucket: name,
    Key: key,
    UploadId: upload.uploadId,
    PartNumberMarker: marker,
    NextPartNumberMarker: truncated ? marker + parts.length : undefined,
    MaxParts: size,
    IsTruncated: truncated,
    Part: parts.map((bytes, i) => ({
      PartNumber: marker + i + 1,
      LastModified: iso(upload.initiated),
      ETag: `"${upload.uploadId.slice(0, 8)}-${marker + i + 1}"`,
      Size: bytes,
    })),
    StorageClass: 'STANDARD',
  };
  return { root: 'ListPartsResult', content };
}

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new AwsError('InvalidArgument', `${name} must be a whole number`);
  return number;
}

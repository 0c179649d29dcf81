import { AwsError } from '../../aws-error.js';
import type { RestInput } from '../../protocols/rest.js';
import type { Call } from '../../simulation.js';
import type { Bucket } from '../../world/world.js';

/** The bucket of the request; others' buckets are denied, buckets of another region redirect as S3 does. */
export function needBucket(
  call: Call,
  input: RestInput,
  from: 'own region' | 'any region' = 'own region',
): Bucket {
  const name = input.labels['bucket'] ?? '';
  const bucket = call.simulation.world.buckets.get(name);
  if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket.accountId !== call.accountId) throw new AwsError('AccessDenied', 'Access Denied', 403);
  if (from === 'own region' && bucket.region !== call.region) {
    const message = `The bucket you are attempting to access must be addressed using the region ${bucket.region}.`;
    throw new AwsError('PermanentRedirect', message, 301, { 'x-amz-bucket-region': bucket.region });
  }
  return bucket;
}

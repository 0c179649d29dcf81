import { placeIn, scopeAt, spread } from './company.js';
import type { Place } from './company.js';
import { daysAgo, GIB, owned, plant } from './draft.js';
import type { Draft } from './draft.js';
import { exempt } from './images.js';
import { nameIn } from './network.js';
import type { Random } from './random.js';
import type { Bucket, LifecycleRule, MultipartUpload } from './world.js';

const TIER: LifecycleRule = {
  id: 'tier',
  status: 'Enabled',
  prefix: '',
  transition: { days: 30, storageClass: 'STANDARD_IA' },
  noncurrentDays: 30,
};
const EXPIRE: LifecycleRule = {
  id: 'expire',
  status: 'Enabled',
  prefix: 'tmp/',
  expirationDays: 30,
  noncurrentDays: 30,
};
const ABORT: LifecycleRule = { id: 'abort', status: 'Enabled', prefix: '', abortIncompleteMultipartDays: 7 };

export function addBuckets(draft: Draft): void {
  const rnd = draft.random.fork('buckets');
  spread(29).forEach((scope, i) => {
    const uploads = i % 6 === 0 ? [upload(draft, rnd, 2)] : [];
    addBucket(draft, rnd, placeIn(rnd, scope), { lifecycle: [rnd.pick([TIER, EXPIRE]), ABORT], uploads });
  });
  for (let i = 0; i < 4; i += 1) {
    const bucket = addBucket(draft, rnd, placeIn(rnd, scopeAt(i)), { gib: rnd.between(8_000, 20_000) });
    plant(draft, 'S3-01', bucket.name, bucket);
  }
  for (let i = 0; i < 4; i += 1) {
    const uploads = Array.from({ length: rnd.whole(2, 5) }, () => upload(draft, rnd, rnd.whole(30, 150)));
    const bucket = addBucket(draft, rnd, placeIn(rnd, scopeAt(i + 2)), { lifecycle: [TIER], uploads });
    plant(draft, 'S3-02', bucket.name, bucket);
  }
  addBucket(draft, rnd, exempt(placeIn(rnd, scopeAt(0))), { gib: 15_000 });
  const stale = { lifecycle: [TIER], uploads: [upload(draft, rnd, 90)] };
  addBucket(draft, rnd, exempt(placeIn(rnd, scopeAt(4))), stale);
  addBucket(draft, rnd, placeIn(rnd, scopeAt(1)), { lifecycle: [TIER], uploads: [upload(draft, rnd, 1)] });
}

interface BucketSpec {
  readonly gib?: number;
  readonly lifecycle?: readonly LifecycleRule[];
  readonly uploads?: readonly MultipartUpload[];
}

function addBucket(draft: Draft, rnd: Random, place: Place, spec: BucketSpec): Bucket {
  const sizeBytes = Math.round((spec.gib ?? rnd.between(300, 9_000)) * GIB);
  const bucket: Bucket = {
    ...owned(place.scope, place.tags),
    name: `shop-${nameIn(place, rnd.hex(6))}`,
    creationDate: daysAgo(draft, rnd, rnd.whole(150, 900)),
    lifecycle: spec.lifecycle?.map((rule) => ({ ...rule })),
    versioning: spec.lifecycle && rnd.chance(0.4) ? 'Enabled' : undefined,
    sizeBytes,
    objects: Math.round(sizeBytes / rnd.between(4e5, 4e6)),
    uploads: spec.uploads ?? [],
  };
  draft.buckets.set(bucket.name, bucket);
  return bucket;
}

function upload(draft: Draft, rnd: Random, days: number): MultipartUpload {
  const parts = rnd.whole(20, 120);
  return {
    key: `exports/${new Date(draft.now).getUTCFullYear()}/dump-${rnd.hex(6)}.tar`,
    uploadId: rnd.hex(48),
    initiated: daysAgo(draft, rnd, days),
    partSizes: Array.from({ length: parts }, () => 256 * 1024 * 1024),
  };
}

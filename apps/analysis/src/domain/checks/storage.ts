import type { ResourceOf } from '@trimtab/contracts';
import { HOURS_PER_MONTH } from '@trimtab/kernel';
import type { Verdict } from '../check.js';
import { clean, defineCheck, found, undecided } from '../check.js';
import type { Facts } from '../facts.js';
import { removed, savingOf } from '../usage.js';

const TRAIL_DAYS = 90;

/** Snapshot whose volume is gone and that no image uses. */
export const orphanSnapshot = defineCheck({
  id: 'SNP-02',
  title: 'Delete the orphaned snapshot',
  resourceType: 'ec2:snapshot',
  risk: 'H',
  rank: 'delete',
  limits: { minimumAgeDays: 30 },
  judge(snapshot: ResourceOf<'ec2:snapshot'>, facts, limits): Verdict {
    const { volumeId, imageIds, sizeGiB, state } = snapshot.attributes;
    if (state !== 'completed' || imageIds.length > 0 || !snapshot.createdAt) return clean;
    if (snapshot.tags['aws:backup:source-resource'] !== undefined) return clean;
    if (facts.find('ec2:volume', snapshot.accountId, volumeId)) return clean;
    const days = facts.ageDays(snapshot.createdAt);
    if (days <= limits.minimumAgeDays) return clean;
    if (!hasVolumes(snapshot, facts)) return undecided('no volume of this account and region was read');
    const price = facts.prices.snapshotGb(snapshot.region);
    if (!price) return undecided('no list price of snapshots');
    return found({
      action: { kind: 'ebs.delete-snapshot', parameters: {} },
      saving: savingOf([removed('EBS:SnapshotUsage', sizeGiB, 'GB-Mo', price)], snapshot, facts.rates),
      evidence: [
        { kind: 'age', name: 'age', value: Math.floor(days), unit: 'days', threshold: limits.minimumAgeDays },
        { kind: 'attribute', name: 'volume', value: `${volumeId} does not exist` },
        { kind: 'attribute', name: 'size', value: sizeGiB, unit: 'GiB' },
      ],
      confidence: 'medium',
      notes: ['Up to this saving: snapshots are incremental, so the size of the volume is the upper bound.'],
    });
  },
});

/** A region whose volumes could not be read would make every snapshot an orphan. */
const hasVolumes = (snapshot: ResourceOf<'ec2:snapshot'>, facts: Facts): boolean =>
  facts
    .all('ec2:volume')
    .some((one) => one.accountId === snapshot.accountId && one.region === snapshot.region);

/** Elastic IP that nothing running uses (Trusted Advisor Z4AUBRNSmz). */
export const idleAddress = defineCheck({
  id: 'NET-01',
  title: 'Release the idle Elastic IP',
  resourceType: 'ec2:elastic-ip',
  risk: 'H',
  rank: 'delete',
  limits: { idleDays: 7 },
  judge(address: ResourceOf<'ec2:elastic-ip'>, facts, limits): Verdict {
    const { associationId, idleSince, publicIp } = address.attributes;
    if (associationId) return clean;
    // No event in the 90 days that CloudTrail keeps: idle for at least that long.
    const days = idleSince ? facts.ageDays(idleSince) : TRAIL_DAYS;
    if (days < limits.idleDays) return clean;
    const price = facts.prices.price('AmazonVPC', address.region, 'PublicIPv4:IdleAddress');
    if (!price) return undecided('no list price of public IPv4 addresses');
    return found({
      action: { kind: 'ec2.release-address', parameters: { publicIp } },
      saving: savingOf(
        [removed('PublicIPv4:IdleAddress', HOURS_PER_MONTH, 'h', price)],
        address,
        facts.rates,
      ),
      evidence: [
        { kind: 'age', name: 'idle for', value: Math.floor(days), unit: 'days', threshold: limits.idleDays },
      ],
      notes: ['The address may be given to somebody else; it can be asked for again only while it is free.'],
    });
  },
});

type Bucket = ResourceOf<'s3:bucket'>;

/** Bucket without any lifecycle rule (Trusted Advisor c18d2gz100). */
export const bucketWithoutLifecycle = defineCheck({
  id: 'S3-01',
  title: 'Give the bucket a lifecycle',
  resourceType: 's3:bucket',
  risk: 'L',
  rank: 'type',
  limits: { abortUploadsAfterDays: 7 },
  judge(bucket: Bucket, facts, limits): Verdict {
    if (bucket.attributes.lifecycleRules !== undefined) return clean;
    const size = bucket.metrics
      .find((one) => one.metric === 'BucketSizeBytes')
      ?.values.findLast((value) => value !== null);
    return found({
      action: {
        kind: 's3.put-lifecycle',
        parameters: { abortIncompleteMultipartUploadDays: limits.abortUploadsAfterDays },
      },
      saving: savingOf([], bucket, facts.rates),
      evidence: [
        { kind: 'attribute', name: 'lifecycle', value: 'none' },
        {
          kind: 'metric',
          name: 'size',
          value: size === undefined || size === null ? 'not measured' : Math.round(size / 1e9),
          unit: 'GB',
        },
      ],
      confidence: 'low',
      notes: [
        'The saving is not known without the age of the objects (S3 Storage Lens or Inventory), so it counts as zero.',
      ],
    });
  },
});

const GB = 1e9;

/** Lifecycle rules come as the S3 API writes them. */
function abortsUploads(bucket: Bucket, days: number): boolean {
  return (bucket.attributes.lifecycleRules ?? []).some((rule) => {
    const abort = rule['AbortIncompleteMultipartUpload'] as { DaysAfterInitiation?: number } | undefined;
    return rule['Status'] === 'Enabled' && (abort?.DaysAfterInitiation ?? Infinity) <= days;
  });
}

/** Parts of uploads that were never finished cost like objects (Trusted Advisor c1cj39rr6v). */
export const incompleteUploads = defineCheck({
  id: 'S3-02',
  title: 'Abort incomplete multipart uploads',
  resourceType: 's3:bucket',
  risk: 'L',
  rank: 'delete',
  limits: { abortUploadsAfterDays: 7 },
  judge(bucket: Bucket, facts, limits): Verdict {
    const old = bucket.attributes.incompleteUploads.filter(
      (upload) => facts.ageDays(upload.initiatedAt) >= limits.abortUploadsAfterDays,
    );
    if (old.length === 0 || abortsUploads(bucket, limits.abortUploadsAfterDays)) return clean;
    const bytes = old.reduce((sum, upload) => sum + upload.bytes, 0);
    const price = facts.prices.price('AmazonS3', bucket.region, 'TimedStorage-ByteHrs');
    if (!price) return undecided('no list price of S3 Standard storage');
    return found({
      action: {
        kind: 's3.put-lifecycle',
        parameters: { abortIncompleteMultipartUploadDays: limits.abortUploadsAfterDays },
      },
      saving: savingOf(
        [removed('TimedStorage-ByteHrs', Number((bytes / GB).toFixed(3)), 'GB-Mo', price)],
        bucket,
        facts.rates,
      ),
      evidence: [
        { kind: 'attribute', name: 'incomplete uploads', value: old.length, threshold: 0 },
        {
          kind: 'attribute',
          name: 'size of their parts',
          value: Number((bytes / GB).toFixed(3)),
          unit: 'GB',
        },
      ],
      notes: [],
    });
  },
});

import { isProduction, SCOPES } from './company.js';
import { GIB } from './draft.js';
import type { Draft } from './draft.js';
import { chargeShared } from './cost-lines.shared.js';
import { SERVICE } from './cost-services.js';
import { Ledger } from './ledger.js';
import type { CostLine, Place } from './ledger.js';
import type { Database, Volume } from './world.js';

/** A month is 730 hours all year, so that storage makes no steps at month ends. */
const DAYS_PER_MONTH = 730 / 24;

/** Savings plans of the production account: the discount of each covered family. */
const COVERED: Record<string, number> = { m5: 0.7, c5: 0.71, r5: 0.69, m6i: 0.72, c6i: 0.72, r6i: 0.71 };

export function costLines(draft: Draft): CostLine[] {
  const ledger = new Ledger(draft.prices);
  for (const instance of draft.instances.values()) {
    if (instance.state !== 'running') continue;
    const production = isProduction(instance.accountId);
    const effective = (production && COVERED[instance.instanceType.split('.')[0] ?? '']) || 1;
    const usageType = `BoxUsage:${instance.instanceType}`;
    const shape = production ? 'flat' : 'office';
    ledger.priced(instance, 'AmazonEC2', {
      service: SERVICE.compute,
      usageType,
      unit: 'Hrs',
      quantity: 24,
      shape,
      effective,
    });
  }
  for (const volume of draft.volumes.values()) chargeVolume(ledger, volume);
  for (const snapshot of draft.snapshots.values())
    storage(ledger, snapshot, 'AmazonEC2', SERVICE.other, 'EBS:SnapshotUsage', snapshot.size * 0.6);
  for (const database of draft.databases.values()) chargeDatabase(ledger, database);
  chargeServerless(draft, ledger);
  chargeNetwork(draft, ledger);
  return ledger.all();
}

function storage(
  ledger: Ledger,
  place: Place,
  code: string,
  service: string,
  usageType: string,
  gb: number,
  detail = '',
) {
  const quantity = gb / DAYS_PER_MONTH;
  ledger.priced(place, code, { service, usageType, unit: 'GB-Mo', quantity, shape: 'flat' }, detail);
}

const VOLUME_USAGE: Record<string, string> = { io1: '.piops', standard: '' };

function chargeVolume(ledger: Ledger, volume: Volume) {
  const suffix = VOLUME_USAGE[volume.volumeType] ?? `.${volume.volumeType}`;
  storage(ledger, volume, 'AmazonEC2', SERVICE.other, `EBS:VolumeUsage${suffix}`, volume.size);
  const free = volume.volumeType === 'gp3' ? 3000 : volume.volumeType.startsWith('io') ? 0 : Infinity;
  const quantity = Math.max(0, (volume.iops ?? 0) - free) / DAYS_PER_MONTH;
  if (!(quantity > 0)) return;
  const usage = { service: SERVICE.other, unit: 'IOPS-Mo', quantity, shape: 'flat' } as const;
  ledger.priced(volume, 'AmazonEC2', { ...usage, usageType: `EBS:VolumeP-IOPS${suffix}` });
}

const ENGINE: Record<string, string> = { postgres: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB' };

function chargeDatabase(ledger: Ledger, database: Database) {
  const usageType = `${database.multiAz ? 'Multi-AZUsage' : 'InstanceUsage'}:${database.dbInstanceClass}`;
  const usage = { service: SERVICE.rds, usageType, unit: 'Hrs', quantity: 24, shape: 'flat' } as const;
  ledger.priced(database, 'AmazonRDS', usage, ENGINE[database.engine]);
  const kind = `${database.storageType.toUpperCase()}-Storage`;
  const disk = `RDS:${database.multiAz ? 'Multi-AZ-' : ''}${kind}`;
  storage(ledger, database, 'AmazonRDS', SERVICE.rds, disk, database.allocatedStorage, 'Any');
}

function chargeServerless(draft: Draft, ledger: Ledger) {
  for (const fn of draft.functions.values()) {
    const suffix = fn.architecture === 'arm64' ? '-ARM' : '';
    const seconds = fn.invocationsPerDay * (fn.averageDurationMs / 1000) * (fn.memorySize / 1024);
    const common = { service: SERVICE.lambda, shape: 'traffic' } as const;
    if (seconds === 0) continue;
    const duration = {
      ...common,
      usageType: `Lambda-GB-Second${suffix}`,
      unit: 'Lambda-GB-Second',
      quantity: seconds,
    };
    ledger.priced(fn, 'AWSLambda', duration);
    const requests = {
      ...common,
      usageType: `Request${suffix}`,
      unit: 'Requests',
      quantity: fn.invocationsPerDay,
    };
    ledger.priced(fn, 'AWSLambda', requests);
  }
  for (const bucket of draft.buckets.values()) {
    storage(ledger, bucket, 'AmazonS3', SERVICE.s3, 'TimedStorage-ByteHrs', bucket.sizeBytes / GIB);
  }
  for (const group of draft.logGroups.values()) {
    storage(
      ledger,
      group,
      'AmazonCloudWatch',
      SERVICE.watch,
      'TimedStorage-ByteHrs',
      group.storedBytes / GIB,
    );
    const quantity = group.incomingBytesPerDay / GIB;
    const usage = {
      service: SERVICE.watch,
      usageType: 'DataProcessing-Bytes',
      unit: 'GB',
      quantity,
    } as const;
    ledger.priced(group, 'AmazonCloudWatch', { ...usage, shape: 'traffic' });
  }
}

function chargeNetwork(draft: Draft, ledger: Ledger) {
  for (const balancer of draft.loadBalancers.values()) {
    const kind = balancer.type === 'network' ? 'Load Balancer-Network' : 'Load Balancer-Application';
    const usage = {
      service: SERVICE.elb,
      usageType: 'LoadBalancerUsage',
      unit: 'Hrs',
      quantity: 24,
    } as const;
    ledger.priced(balancer, 'AWSELB', { ...usage, shape: 'flat' }, kind);
    const capacity = { service: SERVICE.elb, usageType: 'LCUUsage', unit: 'LCU-Hrs' } as const;
    const quantity = balancer.requestsPerDay / 9000;
    if (quantity > 0) ledger.priced(balancer, 'AWSELB', { ...capacity, quantity, shape: 'traffic' }, kind);
  }
  for (const address of draft.addresses.values()) {
    const usageType = `PublicIPv4:${address.associationId ? 'InUse' : 'Idle'}Address`;
    const usage = { service: SERVICE.vpc, usageType, unit: 'Hrs', quantity: 24, shape: 'flat' } as const;
    ledger.priced(address, 'AmazonVPC', usage);
  }
  for (const scope of SCOPES)
    chargeShared(ledger, scope, isProduction(scope.accountId) ? scope.share : scope.share / 4);
}

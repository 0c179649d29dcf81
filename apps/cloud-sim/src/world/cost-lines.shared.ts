import { SERVICE } from './cost-services.js';
import type { Ledger, Place } from './ledger.js';
import { inRegion, REGION_FACTOR } from './prices.js';

/** What no resource of the inventory carries: USD of us-east-1 per day for a scope with the whole share. */
const SHARED = [
  ['AWS Data Transfer', 'DataTransfer-Out-Bytes', 'GB', 620, 0.09, 'traffic'],
  ['AWS Data Transfer', 'DataTransfer-Regional-Bytes', 'GB', 120, 0.01, 'traffic'],
  [SERVICE.other, 'NatGateway-Hours', 'Hrs', 9.7, 0.045, 'flat'],
  [SERVICE.other, 'NatGateway-Bytes', 'GB', 330, 0.045, 'traffic'],
  [SERVICE.s3, 'Requests-Tier1', 'Requests', 45, 0.000005, 'traffic'],
  [SERVICE.s3, 'Requests-Tier2', 'Requests', 30, 0.0000004, 'traffic'],
  [SERVICE.watch, 'CW:MetricMonitorUsage', 'Metrics', 90, 0.3, 'flat'],
  ['Amazon DynamoDB', 'WriteRequestUnits', 'WriteRequestUnits', 400, 0.000000625, 'traffic'],
  ['Amazon DynamoDB', 'ReadRequestUnits', 'ReadRequestUnits', 150, 0.000000125, 'traffic'],
  ['Amazon DynamoDB', 'TimedStorage-ByteHrs', 'GB-Mo', 60, 0.25, 'flat'],
  ['AWS Key Management Service', 'KMS-Requests', 'Requests', 12, 0.000003, 'traffic'],
  ['Amazon ElastiCache', 'NodeUsage:cache.r7g.large', 'Hrs', 140, 0.219, 'flat'],
  ['Amazon Elastic Container Service for Kubernetes', 'AmazonEKS-Hours:perCluster', 'Hrs', 14, 0.1, 'flat'],
  ['Amazon Simple Queue Service', 'Requests', 'Requests', 18, 0.0000004, 'traffic'],
] as const;

export function chargeShared(ledger: Ledger, place: Place, share: number) {
  for (const [service, usageType, unit, daily, price, shape] of SHARED) {
    const listUsd = daily * share * (REGION_FACTOR[place.region] ?? 1);
    const quantity = (daily * share) / price;
    ledger.add(place, {
      service,
      usageType: inRegion(place.region, usageType),
      unit,
      quantity,
      listUsd,
      shape,
    });
  }
}

import type { ActionKind, ResourceType } from '@trimtab/contracts';
import {
  aDatabase,
  aFunction,
  aLoadBalancer,
  aLogGroup,
  anAddress,
  anInstance,
  aSnapshot,
  aVolume,
} from '@trimtab/cloud/testing';
import type { MemoryScope, MemoryWorld } from '@trimtab/cloud/testing';
import type { Live } from '../src/domain/target.js';
import { accountId, recommend, region, scanned } from './arrange.js';
import type { Finding } from './workshop.js';

export interface Example {
  readonly kind: ActionKind;
  readonly type: ResourceType;
  readonly parameters: Record<string, unknown>;
  readonly live: Live;
  readonly put: (scope: MemoryScope) => void;
  /** How often each effect of the action is sent, in order. */
  readonly operations: readonly string[];
}

const balancer = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/old/1';
const rules = [{ ID: 'keep', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 30 } }];

/** One resource for each kind of action. */
export const examples: readonly Example[] = [
  example(
    'ec2.stop-instance',
    'ec2:instance',
    {},
    anInstance({ id: 'i-stop' }),
    ['StopInstances'],
    (live) => (scope) => scope.instances.set(live.id, live),
  ),
  example(
    'ec2.resize-instance',
    'ec2:instance',
    { instanceType: 'm5.medium' },
    anInstance({ id: 'i-resize' }),
    ['StopInstances', 'ModifyInstanceAttribute', 'StartInstances'],
    (live) => (scope) => scope.instances.set(live.id, live),
  ),
  example(
    'ec2.terminate-instance',
    'ec2:instance',
    { createImage: true },
    anInstance({ id: 'i-end', state: 'stopped', volumeIds: ['vol-root'] }),
    ['CreateSnapshot', 'TerminateInstances'],
    (live) => (scope) => {
      scope.instances.set(live.id, live);
      scope.volumes.set('vol-root', aVolume({ id: 'vol-root', attachedTo: [live.id] }));
    },
  ),
  example(
    'ebs.modify-volume',
    'ec2:volume',
    { volumeType: 'gp3', iops: 3000, throughputMiBps: 125 },
    aVolume({ id: 'vol-gp2', attachedTo: ['i-stop'] }),
    ['ModifyVolume'],
    (live) => (scope) => scope.volumes.set(live.id, live),
  ),
  example(
    'ebs.delete-volume',
    'ec2:volume',
    { snapshotFirst: true },
    aVolume({
      id: 'vol-loose',
      volumeType: 'gp3',
      iops: 4000,
      throughputMiBps: 200,
      tags: { Name: 'loose' },
    }),
    ['CreateSnapshot', 'DeleteVolume'],
    (live) => (scope) => scope.volumes.set(live.id, live),
  ),
  example(
    'ebs.delete-snapshot',
    'ec2:snapshot',
    {},
    aSnapshot({ id: 'snap-old' }),
    ['DeleteSnapshot'],
    (live) => (scope) => scope.snapshots.set(live.id, live),
  ),
  example(
    'ec2.release-address',
    'ec2:elastic-ip',
    { publicIp: '198.51.100.7' },
    anAddress({ allocationId: 'eipalloc-1', tags: { Name: 'old' } }),
    ['ReleaseAddress'],
    (live) => (scope) => scope.addresses.set(live.allocationId, live),
  ),
  example(
    'rds.stop-instance',
    'rds:db-instance',
    {},
    aDatabase({ id: 'db-idle' }),
    ['StopDBInstance'],
    (live) => (scope) => scope.databases.set(live.id, live),
  ),
  example(
    'rds.modify-storage',
    'rds:db-instance',
    { storageType: 'gp3' },
    aDatabase({ id: 'db-gp2' }),
    ['ModifyDBInstance'],
    (live) => (scope) => scope.databases.set(live.id, live),
  ),
  example(
    'lambda.reserve-zero-concurrency',
    'lambda:function',
    {},
    aFunction({ name: 'unused', reservedConcurrency: 5 }),
    ['PutFunctionConcurrency'],
    (live) => (scope) => scope.functions.set(live.name, live),
  ),
  example(
    's3.put-lifecycle',
    's3:bucket',
    { abortIncompleteMultipartUploadDays: 7 },
    { name: 'uploads', lifecycleRules: rules },
    ['PutBucketLifecycleConfiguration'],
    (live) => (scope) => scope.buckets.set(live.name, { ...live, tags: {}, incompleteUploads: [] }),
  ),
  example(
    'elb.delete-load-balancer',
    'elasticloadbalancing:loadbalancer',
    {},
    aLoadBalancer({ arn: balancer }),
    ['DeleteLoadBalancer'],
    (live) => (scope) => scope.loadBalancers.set(live.arn, live),
  ),
  example(
    'logs.put-retention',
    'logs:log-group',
    { retentionInDays: 30 },
    aLogGroup({ name: '/app/noisy' }),
    ['PutRetentionPolicy'],
    (live) => (scope) => scope.logGroups.set(live.name, live),
  ),
];

function example<L extends Live>(
  kind: ActionKind,
  type: ResourceType,
  parameters: Record<string, unknown>,
  live: L,
  operations: readonly string[],
  put: (live: L) => (scope: MemoryScope) => unknown,
): Example {
  return { kind, type, parameters, live, operations, put: (scope) => void put(live)(scope) };
}

/** Puts the examples into the world and says what was found about them; earlier ones save more. */
export function arrange(world: MemoryWorld, chosen: readonly Example[] = examples): Finding[] {
  return chosen.map(({ type, live, kind, parameters, put }, i) => {
    put(world.at({ accountId, region }));
    const resource = scanned(type, live);
    return { resource, recommendation: recommend(resource, kind, parameters, { usd: String(100 - i) }) };
  });
}
